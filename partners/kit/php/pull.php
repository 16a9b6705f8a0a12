<?php
/**
 * Reads Luik's feed once, from where it stopped last time to its end, and holds what it says.
 *
 *     LUIK_FEED=https://…/v1/partners/wijk/items LUIK_TOKEN=… LUIK_STATE=/var/lib/luik/pull.json \
 *         php pull.php [--page]
 *
 * PHP 8.1 or later, nothing to install. Run it from cron as often as was agreed, never two at a
 * time; called by a web server it shows what is held. Three rules make a reader right: apply only
 * what is newer than what is held, removals too (`apply`); have a page on disk before the next is
 * asked for, since asking confirms it (`save`); and show nothing without a lease that is still
 * running (`page`).
 */
declare(strict_types=1);

ini_set('display_errors', PHP_SAPI === 'cli' ? 'stderr' : '0');
define('FEED', (string) getenv('LUIK_FEED'));
define('TOKEN', (string) getenv('LUIK_TOKEN'));
define('STATE', (string) getenv('LUIK_STATE'));  // a file outside the web root, for this program alone
define('SNAPSHOT', preg_replace('/items$/D', 'snapshot', FEED));
const PAGE_MAX = 16 << 20;  // bytes
const REQUEST_TIME = 30;  // seconds
const RUN_TIME = 10 * 60;
const PATIENCE = 60;  // a longer Retry-After is left to a later run
const TRIES = 4;
const SHOWN_MAX = 500;

/** Why a run ends before the end of the feed. */
class Stopped extends Exception
{
}

/** Page after page, each kept before the next is asked for. */
function run(array $state, float $deadline): array
{
    while (microtime(true) < $deadline) {
        $here = $state['next'];
        [$status, $headers, $body] = fetch($here, $state);
        if ($status === 410 && $here !== SNAPSHOT) {
            // Away for too long: removals may have been missed, so nothing may stay. From here on
            // the snapshot is what comes next, also for a later run.
            $state = ['items' => [], 'next' => SNAPSHOT] + $state;
        } elseif ($status === 410) {
            throw new Stopped('the agreement has ended, and nothing is held any more');
        } elseif ($status === 401 || $status === 403) {
            throw new Stopped('the gateway refuses the token: is LUIK_TOKEN right, and still valid?');
        } elseif ($status !== 200) {
            throw new Stopped("the gateway answers $status");
        } else {
            $state = $here === SNAPSHOT ? takeSnapshot($body, $state) : takePage($body, $state);
            if (isset($headers['luik-valid-until'])) {
                $state['validUntil'] = seconds($headers['luik-valid-until']);
            }
        }
        fclose($body);
        save($state);
        if ($state['next'] === $here) {
            return $state;
        }
    }
    throw new Stopped('not at the end yet; the next run goes on from here');
}

/** An answer, whatever its status. A gateway that asks for patience gets it. */
function fetch(string $url, array $state): array
{
    $context = stream_context_create([
        'http' => [
            'header' => ['authorization: Bearer ' . TOKEN, 'connection: close'],
            'follow_location' => 0,  // the token is for the gateway alone
            'ignore_errors' => true,
            'protocol_version' => 1.1,
            'timeout' => REQUEST_TIME,
        ],
        'ssl' => ['verify_peer' => true, 'verify_peer_name' => true],
    ]);
    for ($try = 0; $try < TRIES; $try++) {
        $body = @fopen($url, 'r', false, $context);
        if ($body === false) {
            throw new Stopped('the gateway can not be reached');
        }
        $lines = stream_get_meta_data($body)['wrapper_data'];
        $status = (int) explode(' ', $lines[0])[1];
        $headers = [];
        foreach (array_slice($lines, 1) as $line) {
            [$name, $value] = explode(':', $line, 2);
            $headers[strtolower($name)] = trim($value);
        }
        if ($status !== 429 && $status !== 503) {
            return [$status, $headers, $body];
        }
        $wait = retryAfter($headers['retry-after'] ?? '');
        if ($wait > PATIENCE) {
            break;
        }
        sleep($wait);
    }
    save(['notBefore' => time() + $wait] + $state);
    throw new Stopped("the gateway asks for patience, $wait seconds");
}

/** Seconds, or a date; five minutes when it does not say, and at most a day. */
function retryAfter(string $text): int
{
    $date = strtotime($text);
    $wait = preg_match('/^[0-9]{1,9}$/D', $text) ? (int) $text : ($date === false ? 300 : $date - time());
    return max(0, min($wait, 86400));
}

/** Applies a page. At the end of the feed it is empty and leads to itself. */
function takePage(mixed $body, array $state): array
{
    $text = (string) stream_get_contents($body, PAGE_MAX + 1);
    strlen($text) <= PAGE_MAX || throw new Stopped('a page is too large');
    $page = json_decode($text, true);
    if (!is_string($page['next'] ?? null) || !is_array($page['items'] ?? null)) {
        throw new Stopped('a page is broken');
    }
    if (!isOfTheFeed($page['next'])) {
        throw new Stopped('a page leads away from the feed');  // and the token would go with it
    }
    foreach ($page['items'] as $item) {
        apply($item, $state['items']);
    }
    return ['next' => $page['next']] + $state;
}

function isOfTheFeed(string $url): bool
{
    return $url === FEED || $url === SNAPSHOT || str_starts_with($url, FEED . '?');
}

/**
 * All that is live, a line each; the last line tells where the feed goes on from there. Without
 * that line it broke off, and nothing of it counts.
 */
function takeSnapshot(mixed $body, array $state): array
{
    $items = [];
    while (($line = fgets($body)) !== false) {
        $entry = json_decode($line, true);
        if (is_int($entry['upTo'] ?? null)) {
            return ['items' => $items, 'next' => FEED . "?afterChangeNumber={$entry['upTo']}"] + $state;
        }
        apply($entry, $items);
    }
    throw new Stopped('the snapshot broke off');
}

/** A removal stays as a tombstone without data, so that nothing older ever brings it back. */
function apply(mixed $item, array &$items): void
{
    [$id, $modified, $state] = [$item['id'] ?? '', $item['modified'] ?? null, $item['state'] ?? null];
    $data = $state === 'updated' ? $item['data'] ?? '' : null;
    if (!is_string($id) || !preg_match('/^[a-z2-7]{26}$/D', $id) || !is_int($modified) || is_string($data)) {
        throw new Stopped('an item is broken');
    }
    $held = $items[$id] ?? null;
    if ($held === null || $held['modified'] < $modified) {
        $items[$id] = ['kind' => $item['kind'] ?? '', 'modified' => $modified, 'data' => $data];
    }
}

/** `2026-11-22T07:13:54.294Z` as seconds since 1970. */
function seconds(string $text): float
{
    $fits = preg_match('/^([0-9-]{10}T[0-9:]{8})(\.[0-9]+)?Z$/D', $text, $parts);
    $whole = $fits ? strtotime("$parts[1]Z") : false;
    return $whole === false ? throw new Stopped('a lease is broken') : $whole + (float) ($parts[2] ?? 0);
}

function load(): array
{
    if (!file_exists(STATE)) {
        return ['next' => FEED, 'validUntil' => null, 'notBefore' => 0, 'items' => []];
    }
    return json_decode((string) file_get_contents(STATE), true, 64, JSON_THROW_ON_ERROR);
}

/** Items and the place in the feed in one: the old state or the new one, whatever happens. */
function save(array $state): void
{
    $text = json_encode($state, JSON_THROW_ON_ERROR);
    $file = fopen(STATE . '.new', 'w');
    $whole = $file !== false && fwrite($file, $text) === strlen($text) && fflush($file) && fsync($file);
    if (!$whole || !rename(STATE . '.new', STATE) || !fsync($file)) {  // the second time for the new name
        throw new Stopped('the state can not be kept');
    }
    fclose($file);
}

/** What is held now, newest first. Everything in an item is text of strangers: escape all of it. */
function page(array $state, float $now): string
{
    $running = $state['validUntil'] !== null && $now <= $state['validUntil'];
    $items = $running ? array_filter($state['items'], fn ($held) => $held['data'] !== null) : [];
    usort($items, fn ($one, $other) => $other['modified'] <=> $one['modified']);
    $cards = implode('', array_map('card', array_slice($items, 0, SHOWN_MAX))) ?: '<p>Er staat nu niets open.</p>';
    return '<!DOCTYPE html><html lang="nl"><meta charset="utf-8"><title>Vragen en aanbod uit de buurt</title>'
        . "\n<h1>Vragen en aanbod uit de buurt</h1>$cards</html>";
}

function card(array $held): string
{
    $data = $held['data'];
    $text = fn ($value) => htmlspecialchars(is_string($value) ? $value : '', ENT_QUOTES | ENT_SUBSTITUTE);
    $language = $text($data['language'] ?? 'nl');
    $url = $text($data['url'] ?? '');
    // Only http(s) may become a link, and it tells the platform nothing of the page it was on.
    $link = preg_match('#^https?://#', $url) ? "<p><a rel=\"noreferrer\" href=\"$url\">Reageer</a></p>" : '';
    $kind = $held['kind'] === 'request' ? 'Vraag' : 'Aanbod';
    return "<article><h2 lang=\"$language\">{$text($data['title'] ?? '')}</h2>\n"
        . "<p>$kind van {$text($data['firstName'] ?? 'iemand')} uit {$text($data['region']['name'] ?? '')}</p>\n"
        . "<p lang=\"$language\">{$text($data['text'] ?? '')}</p>$link</article>";
}

/** What the run has to say at its end. */
function main(array $arguments): string
{
    if (!preg_match('#^(https://|http://(127\.0\.0\.1|localhost)[:/])#', FEED) || TOKEN === '' || STATE === '') {
        throw new Stopped('LUIK_FEED (https), LUIK_TOKEN and LUIK_STATE must be set');
    }
    umask(0077);
    $state = load();
    if (in_array('--page', $arguments, true)) {
        return page($state, microtime(true));
    }
    if (!isOfTheFeed($state['next'])) {
        throw new Stopped('LUIK_STATE belongs to another feed; remove the file to start anew');
    }
    if (time() < $state['notBefore']) {
        return 'luik: not yet: the gateway asked for patience';
    }
    $state = run($state, microtime(true) + RUN_TIME);
    $live = count(array_filter($state['items'], fn ($held) => $held['data'] !== null));
    return "luik: $live items held, " . (count($state['items']) - $live) . ' removed';
}

if (PHP_SAPI !== 'cli') {  // a visitor, by way of a web server
    header('cache-control: no-store');
    header('referrer-policy: no-referrer');
    header('x-robots-tag: noindex');
    header("content-security-policy: default-src 'none'");
    exit(page(load(), microtime(true)));
}
try {
    echo main($argv), "\n";
} catch (Stopped $stopped) {
    fwrite(STDERR, "luik: {$stopped->getMessage()}\n");
    exit(1);
}
