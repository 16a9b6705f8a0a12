//! What people ask and offer. Words between braces are filled in by [`super::phrases`].

use crate::model::Kind;
use crate::model::Kind::{Offer, Request};

/// Any of the titles goes with any of the texts.
pub(super) struct Topic(
    pub(super) Kind,
    pub(super) [&'static str; 2],
    pub(super) [&'static str; 3],
);

pub(super) const TOPICS: [Topic; 30] = [
    Topic(
        Request,
        ["Wie helpt mij in de tuin?", "Een paar uur tuinhulp"],
        [
            "De heg is me boven het hoofd gegroeid en mijn rug werkt niet meer mee. Gereedschap heb ik, koffie ook.",
            "Het gras staat kniehoog. Wie komt {dag} een uurtje maaien? Ik kan zelf nog wel harken.",
            "Voor de winter moeten de bladeren weg en de potten naar binnen. Samen is het zo gedaan.",
        ],
    ),
    Topic(
        Request,
        ["Samen boodschappen doen", "Boodschappenmaatje gezocht"],
        [
            "Sinds mijn heupoperatie durf ik niet goed alleen naar de winkel. Wie loopt {dag} mee? De tas dragen hoeft niet, gezelschap wel.",
            "Ik zie slecht en kan de prijskaartjes niet lezen. Eén keer per week samen een rondje supermarkt zou fijn zijn.",
            "Mijn man deed altijd de boodschappen. Nu moet ik het leren, op mijn {leeftijd}e. Wie helpt me op gang?",
        ],
    ),
    Topic(
        Request,
        ["Iemand om mee te wandelen", "Wandelmaatje gezocht"],
        [
            "Elke dag een half uur, zegt de dokter. Alleen kom ik de deur niet uit, met z'n tweeën wel.",
            "Ik ben nieuw in de buurt en wil graag de weg leren kennen. Wie wandelt {dagdeel} een rondje met mij?",
            "Mijn hond en ik zoeken gezelschap. Hij is {klein} jaar en loopt even langzaam als ik.",
        ],
    ),
    Topic(
        Request,
        ["Hulp met de computer", "Digitale hulp gezocht"],
        [
            "Er staat steeds dat er iets vol is en dan gebeurt er niets meer. Wie heeft geduld met een beginner?",
            "Ik wil beeldbellen met mijn kleinkinderen in Canada, maar het lukt me niet het geluid aan te krijgen.",
            "Zonder DigiD kom ik nergens meer in. Wie gaat er naast me zitten en legt het rustig uit?",
        ],
    ),
    Topic(
        Request,
        ["Lift naar het ziekenhuis", "Vervoer gezocht"],
        [
            "{Dag} om {tijd} moet ik naar de poli. De bus gaat niet op tijd terug. Benzine betaal ik natuurlijk.",
            "Mijn zus ligt in het hospice, {groot} kilometer verderop. Ik zou er graag één keer per week heen.",
            "Voor de controle van mijn ogen mag ik zelf niet rijden. Het duurt samen ongeveer twee uur.",
        ],
    ),
    Topic(
        Request,
        ["Klusje in huis", "Handige handen gezocht"],
        [
            "Er staat al weken een doos met planken in de gang. De tekening snap ik, de schroeven niet.",
            "Er hangt een lamp los en ik kan niet meer op een trap staan. Een kwartiertje werk voor wie het kan.",
            "De kraan drupt dag en nacht. Een leertje heb ik gekocht, nu nog handige handen.",
        ],
    ),
    Topic(
        Request,
        ["Nederlands oefenen", "Wie praat er met mij?"],
        [
            "Ik woon hier {klein} jaar en ik leer voor het examen. Ik wil graag oefenen met praten, over gewone dingen.",
            "Op school leer ik de regels, maar niemand praat langzaam met mij. Ik kook er iets lekkers bij.",
            "Wie wil één keer per week met mij lezen, uit een krant of een boek? Ik maak fouten, dat geeft niet.",
        ],
    ),
    Topic(
        Request,
        ["Huiswerkhulp gezocht", "Wie helpt er met leren?"],
        [
            "Mijn zoon zit in groep 7 en breuken zijn zijn grote vijand. Wie maakt het weer leuk? {Dag} na schooltijd kan goed.",
            "Mijn dochter van 13 loopt vast met wiskunde. Ik kan het haar niet uitleggen, ik snap het zelf niet.",
            "Een rustige plek en iemand die even meekijkt: meer is er niet nodig. Hij wil wel.",
        ],
    ),
    Topic(
        Request,
        ["Wie komt er op bezoek?", "Gezelschap gezocht"],
        [
            "Mijn moeder is {leeftijd} en nog scherp van geest, maar bijna al haar vriendinnen zijn er niet meer. Ze schaakt graag.",
            "Mijn vader vertelt prachtige verhalen over de binnenvaart. Hij zoekt een nieuw paar oren.",
            "Een kop thee en een praatje, meer hoeft het niet te zijn. De middagen zijn lang.",
        ],
    ),
    Topic(
        Request,
        ["Dierenoppas gezocht", "Wie zorgt er voor de dieren?"],
        [
            "Ik word geopereerd en ben {klein} dagen weg. De poes eet alles en komt vanzelf op schoot.",
            "De eitjes zijn voor de verzorger. Het gaat om {klein} kippen en een haan met een grote mond.",
            "Twee keer per dag voeren, een aai en even de bak. De sleutel geef ik graag aan iemand uit de buurt.",
        ],
    ),
    Topic(
        Request,
        ["Handen gezocht voor de verhuizing", "Sterke armen gezocht"],
        [
            "Ik ga kleiner wonen en heb geen familie in de buurt. {Dag} vanaf {tijd}, met soep voor iedereen.",
            "Een bank van 2 meter en een trap met een bocht. Met drie mensen moet het lukken.",
            "Vooral dozen met boeken, ongeveer {groot} stuks. Ze zijn klein ingepakt, dat beloof ik.",
        ],
    ),
    Topic(
        Request,
        ["Hulp met brieven en formulieren", "Post die ik niet begrijp"],
        [
            "De stapel wordt steeds hoger en ik durf hem niet meer open te maken. Wie kijkt er met me mee?",
            "Er kwam een brief over toeslagen en ik weet niet of ik nu iets moet doen of niet.",
            "Sinds mijn man er niet meer is, doe ik de administratie. Ik zou graag één keer zien hoe het moet.",
        ],
    ),
    Topic(
        Request,
        ["Wie kan dit maken?", "Kapot, maar te goed om weg te doen"],
        [
            "Mijn naaimachine is uit 1974 en heeft drie trouwjurken gemaakt. Nu zit hij vast.",
            "Er zit een slag in mijn wiel en ik moet {dag} naar mijn werk. Een band plakken lukt me, dit niet.",
            "De radio van mijn vader zwijgt sinds een week. Wie kijkt er eens naar? Ik vind weggooien zonde.",
        ],
    ),
    Topic(
        Request,
        ["Wij zoeken versterking", "Wie doet er mee?"],
        [
            "Ons koor repeteert {dag} om {tijd} in het buurthuis en heeft te weinig bassen. Noten lezen hoeft niet.",
            "Met z'n drieën is het geen klaverjassen. We spelen om de eer en om zoute pinda's.",
            "Onze wandelclub was een jaar geleden nog met twintig, nu met elf. Wie loopt een eind met ons op?",
        ],
    ),
    Topic(
        Request,
        ["Voorlezer gezocht", "Wie leest er voor?"],
        [
            "Mijn ogen laten me in de steek, mijn hoofd niet. De krant en af en toe een spannend boek, graag.",
            "Mijn tweeling van {klein} krijgt niet genoeg van verhalen, en ik heb maar één stem.",
            "Op de afdeling zitten zes mensen die graag luisteren. {Dag} om {tijd} is het altijd stil.",
        ],
    ),
    Topic(
        Offer,
        ["Ik kook graag voor een ander", "Een bord eten erbij"],
        [
            "Ik kook toch elke dag, en altijd te veel. Wie wil er {dag} een portie? Ik breng het even langs.",
            "Surinaams, Hollands of soep: zeg maar waar je zin in hebt. Rekening houden met zout kan ook.",
            "Twaalf jaar in een ziekenhuiskeuken gestaan, nu met pensioen. Ik mis het roeren in grote pannen.",
        ],
    ),
    Topic(
        Offer,
        ["Handige handen beschikbaar", "Klusser met tijd over"],
        [
            "Lampen, planken, stopcontacten, een deur die klemt: ik heb het gereedschap en de {dag} vrij.",
            "Van beroep was ik timmerman. Grote klussen doe ik niet meer, kleine met plezier.",
            "Ik help graag mensen die zelf niet meer op een trap kunnen. Materiaal betaal je, het uur niet.",
        ],
    ),
    Topic(
        Offer,
        ["Fietsen maken in de schuur", "Band plakken? Kom maar langs"],
        [
            "Elke {dag} staat de schuur open. Neem je fiets mee, dan laat ik zien hoe het moet.",
            "Ik heb {groot} oude fietsen liggen voor onderdelen. Ketting, remmen, licht: het komt goed.",
            "Voor kinderen gratis, voor grote mensen een pot koffie.",
        ],
    ),
    Topic(
        Offer,
        ["Taalmaatje met geduld", "Samen Nederlands praten"],
        [
            "Ik was juf en ben dol op woorden. Eén uur per week, aan tafel of op een bankje.",
            "Zelf kwam ik {groot} jaar geleden hierheen. Ik weet hoe moeilijk 'gezellig' is.",
            "We kunnen wandelen, koken of naar de markt. Praten gaat dan vanzelf.",
        ],
    ),
    Topic(
        Offer,
        ["Ik rijd u graag", "Auto met een lege stoel"],
        [
            "Naar het ziekenhuis, de kapper of een vriendin. Ik wacht ook als het uitloopt. Een rollator past achterin.",
            "{Dag} ben ik vrij en ik rijd toch al naar de stad. Tegen de kosten van de benzine.",
            "Ik heb een ruime auto en een rustig hart. Samen zingen onderweg mag.",
        ],
    ),
    Topic(
        Offer,
        ["Hulp met telefoon en computer", "Digitale vraagbaak"],
        [
            "Ik ben {jong} en leg alles drie keer uit zonder zuchten. Ook DigiD en beeldbellen.",
            "Foto's kwijt, wachtwoord vergeten, alles in het Engels? Ik kom bij u thuis.",
            "Bij de bibliotheek gaf ik cursus; nu doe ik het liever één op één.",
        ],
    ),
    Topic(
        Offer,
        ["Oppas met ervaring", "Ik pas op uw kind"],
        [
            "Mijn eigen drie zijn het huis uit en het is te stil. Een avond of een middag, ik lees graag voor.",
            "Ik ben {jong}, studeer voor onderwijzer en heb {dag} tijd. Knutselspullen neem ik mee.",
            "Ook voor een kind dat wat meer aandacht nodig heeft; dat deed ik jaren voor mijn werk.",
        ],
    ),
    Topic(
        Offer,
        ["Tuinhulp met groene vingers", "Snoeien en schoffelen"],
        [
            "Op mijn balkon raak ik het niet kwijt. Wie heeft een tuin die wat hulp kan gebruiken?",
            "Rozen, heggen, een moestuin beginnen: ik help graag, het liefst {dagdeel}.",
            "Ik heb stekjes over van wel {groot} planten. Wie er een tuin voor heeft, krijgt mij erbij.",
        ],
    ),
    Topic(
        Offer,
        ["Een luisterend oor", "Op de koffie"],
        [
            "Ik drink graag koffie met iemand die weinig bezoek krijgt. Over vroeger, over nu, of over niets.",
            "Zelf heb ik mijn man verloren. Ik weet dat het helpt als er iemand komt die niet schrikt van stilte.",
            "{Dagdeel} loop ik altijd een rondje. Ik bel graag bij iemand aan.",
        ],
    ),
    Topic(
        Offer,
        ["Ik zorg graag voor uw dier", "Dieren welkom"],
        [
            "Zelf mag ik in mijn flat geen hond. Mag ik de uwe uitlaten? Elke {dag} een lange wandeling, in weer en wind.",
            "Bij ziekte of vakantie zorg ik voor uw dier. Ik ben opgegroeid tussen geiten.",
            "Katten, konijnen, een papegaai die vloekt: alles is welkom, zolang het niet bijt.",
        ],
    ),
    Topic(
        Offer,
        ["Hulp met papieren", "Samen de post doornemen"],
        [
            "Ik werkte {groot} jaar bij een verzekeraar en ben niet bang voor blauwe enveloppen.",
            "Eén keer samen alles op stapels leggen doet wonderen. Daarna maken we een map.",
            "Ik kijk mee met brieven en formulieren. U beslist, ik leg uit.",
        ],
    ),
    Topic(
        Offer,
        ["Muziek aan huis", "Wie houdt er van muziek?"],
        [
            "Met mijn accordeon kom ik graag langs in een huiskamer of op een afdeling. Verzoeknummers mogen.",
            "Ik geef gratis pianoles aan een kind dat het wil en thuis niet kan betalen. Oefenen kan bij mij.",
            "Samen zingen uit de oude bundel, {dag} om {tijd}. Vals mag ook.",
        ],
    ),
    Topic(
        Offer,
        ["Naaien en verstellen", "Knoop eraf, broek te lang?"],
        [
            "Broeken korter, ritsen nieuw, gordijnen op maat. Het staat hier toch al open, de machine.",
            "Ik leer het u ook graag zelf. {Dag} zitten we hier vaak met z'n vieren aan tafel.",
            "Van oude lakens maak ik tassen. Wie wil leren, mag zo aanschuiven.",
        ],
    ),
    Topic(
        Offer,
        ["Gereedschap te leen", "Lenen is leuker dan kopen"],
        [
            "Een boor, een schuurmachine, een ladder van {klein} meter. Lenen mag, terugbrengen ook.",
            "Wie verhuist kan mijn aanhanger gebruiken. Als u wilt, rijd ik zelf mee.",
            "Iedereen in de straat heeft dezelfde heggenschaar. Dat kan handiger: de mijne hangt voor u klaar.",
        ],
    ),
    Topic(
        Offer,
        ["Huiswerk maken aan onze tafel", "Bijles zonder stress"],
        [
            "Wij zijn met z'n tweeën gepensioneerd: de één rekent, de ander spelt. {Dag} na schooltijd.",
            "Ik ben {jong}, doe vwo 6 en leg het uit zoals de leraar het níet doet.",
            "Een stille tafel, een glas ranja en iemand die vraagt hoe het gaat.",
        ],
    ),
];

/// Not everybody writes Dutch.
pub(super) const ENGLISH: [(Kind, &str, &str); 3] = [
    (
        Request,
        "Looking for someone to practise Dutch with",
        "We moved here {klein} months ago. I can order bread, but I would like to understand the jokes.",
    ),
    (
        Request,
        "Help with my first Dutch tax letter",
        "It is blue and I am afraid of it. Half an hour at your kitchen table would be wonderful.",
    ),
    (
        Offer,
        "I can teach your children to play chess",
        "Every {day} afternoon, for free. Losing is part of the lesson, also for me.",
    ),
];
