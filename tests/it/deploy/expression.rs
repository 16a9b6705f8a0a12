//! PromQL, as far as is needed to see which figures and labels an expression uses. Strict: what it
//! does not know is no expression.

/// A figure with its matchers: label, operator, value. Without a name: a list of labels.
#[derive(Debug, PartialEq)]
pub(crate) struct Selector {
    pub(crate) name: String,
    pub(crate) matchers: Vec<(String, String, String)>,
}

const FUNCTIONS: [&str; 15] = [
    "sum",
    "count",
    "min",
    "max",
    "rate",
    "increase",
    "histogram_quantile",
    "absent",
    "time",
    "sort",
    "vector",
    "predict_linear",
    "count_over_time",
    "max_over_time",
    "avg",
];
const JOINS: [&str; 5] = ["by", "without", "on", "ignoring", "group_left"];
const WORDS: [&str; 4] = ["and", "or", "unless", "bool"];

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Number,
    Sign(String),
}

/// The figures of an expression.
pub(crate) fn parse(expression: &str) -> Vec<Selector> {
    let tokens = tokens(expression);
    let mut found = Vec::new();
    let mut rest = &tokens[..];
    while let Some((token, after)) = rest.split_first() {
        rest = after;
        match token {
            Token::Word(word) if JOINS.contains(&&**word) => rest = list(rest, expression),
            Token::Word(word) if WORDS.contains(&&**word) => {}
            Token::Word(word) if is(rest, "(") || FUNCTIONS.contains(&&**word) => {
                let known = FUNCTIONS.contains(&&**word);
                let grouped =
                    matches!(rest.first(), Some(Token::Word(by)) if JOINS.contains(&&**by));
                assert!(known && (is(rest, "(") || grouped), "{word}: {expression}");
            }
            Token::Word(name) => rest = selector(name, rest, &mut found),
            Token::Sign(sign) if sign == "{" => rest = matchers("", rest, &mut found),
            Token::Sign(_) | Token::Number => {}
            Token::Text(text) => panic!("{text:?} stands alone: {expression}"),
        }
    }
    found
}

fn is(rest: &[Token], sign: &str) -> bool {
    matches!(rest.first(), Some(Token::Sign(found)) if found == sign)
}

/// Passes `(a, b)`.
fn list<'t>(rest: &'t [Token], expression: &str) -> &'t [Token] {
    assert!(is(rest, "("), "a list of labels: {expression}");
    let end = rest.iter().position(|token| *token == Token::Sign(")".into())).unwrap();
    &rest[end + 1..]
}

fn selector<'t>(name: &str, rest: &'t [Token], found: &mut Vec<Selector>) -> &'t [Token] {
    if is(rest, "{") {
        return matchers(name, &rest[1..], found);
    }
    found.push(Selector { name: name.to_owned(), matchers: Vec::new() });
    rest
}

/// Reads `a="b", c=~"d"}`.
fn matchers<'t>(name: &str, mut rest: &'t [Token], found: &mut Vec<Selector>) -> &'t [Token] {
    let mut matchers = Vec::new();
    while !is(rest, "}") {
        let [Token::Word(label), Token::Sign(sign), Token::Text(value), after @ ..] = rest else {
            panic!("no matcher of {name}: {rest:?}");
        };
        matchers.push((label.clone(), sign.clone(), value.trim_matches('$').to_owned()));
        rest = if is(after, ",") { &after[1..] } else { after };
    }
    found.push(Selector { name: name.to_owned(), matchers });
    &rest[1..]
}

fn tokens(expression: &str) -> Vec<Token> {
    let (mut tokens, mut rest) = (Vec::new(), expression.trim_start());
    while let Some(first) = rest.chars().next() {
        let length = |part: fn(char) -> bool| rest.find(|c| !part(c)).unwrap_or(rest.len());
        let used = if first.is_ascii_alphabetic() || first == '_' {
            length(|c| c.is_ascii_alphanumeric() || c == '_' || c == ':')
        } else if first.is_ascii_digit() {
            length(|c| c.is_ascii_alphanumeric() || c == '.')
        } else if first == '"' {
            rest.match_indices('"').nth(1).expect("a text has an end").0 + 1
        } else {
            assert!("(){}[],=!<>+-*/%~".contains(first), "{first:?}: {expression}");
            let pair = |two: &&str| rest.starts_with(*two);
            ["=~", "!~", "!=", ">=", "<=", "=="].iter().find(|two| pair(two)).map_or(1, |_| 2)
        };
        let (token, after) = rest.split_at(used);
        tokens.push(match first {
            '"' => Token::Text(token.trim_matches('"').to_owned()),
            c if c.is_ascii_alphabetic() || c == '_' => Token::Word(token.to_owned()),
            c if c.is_ascii_digit() => Token::Number,
            _ => Token::Sign(token.to_owned()),
        });
        rest = after.trim_start();
    }
    tokens
}

#[test]
fn figures_and_labels_are_found_and_nonsense_is_none() {
    let found = parse(
        r#"sum by (le) (rate(a_bucket{x=~"p|q", y!="z"}[5m])) / 2 > b and ignoring (s) c{} unless d"#,
    );
    let names: Vec<_> = found.iter().map(|selector| &*selector.name).collect();
    assert_eq!(names, ["a_bucket", "b", "c", "d"]);
    assert_eq!(found[0].matchers[1], ("y".into(), "!=".into(), "z".into()));
    for wrong in ["summ(a)", "a{b}", "a \"b\"", "a{b=\"c\"", "sum", "a; b"] {
        assert!(std::panic::catch_unwind(|| parse(wrong)).is_err(), "{wrong}");
    }
}
