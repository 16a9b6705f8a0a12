<?php
/**
 * Receives Luik's pushes, holds what they say, shows it, and takes it away again.
 *
 *     LUIK_SECRETS="whsec_…" LUIK_STATE=/var/lib/luik/push.json php -S 127.0.0.1:9000 push.php
 *
 * PHP 8.1 or later, nothing to install; in production any web server with TLS runs it. Four rules
 * make a receiver right: trust nothing that is not signed (`isSigned`), apply only what is newer
 * than what is held (`apply`), say yes only to what is on disk (`save`), and show nothing without
 * a lease that is still running (`page`).
 */
declare(strict_types=1);

ini_set('display_errors', '0');
define('STATE', (string) getenv('LUIK_STATE'));  // a file outside the web root, for this program alone
define('SECRETS', preg_split('/\s+/', (string) getenv('LUIK_SECRETS'), -1, PREG_SPLIT_NO_EMPTY));  // two while the secret is being changed
const BODY_MAX = 8 << 20;
const TOLERANCE = 5 * 60;  // seconds that the gateway's clock may be off
const LIST_MAX = 1000;
const SHOWN_MAX = 500;
const HEADERS = [
    'content-security-policy' => "default-src 'none'",
    'referrer-policy' => 'no-referrer',
    'x-content-type-options' => 'nosniff',
    'x-robots-tag' => 'noindex',
    'cache-control' => 'no-store',
];

/** A signed body that is not a message. */
class Malformed extends Exception
{
}

/** The bytes behind `whsec_` and base64. */
function key_of(string $secret): string
{
    $raw = (string) base64_decode(preg_replace('/^whsec_/', '', $secret), true);
    return strlen($raw) >= 24 && strlen($raw) <= 64
        ? $raw
        : throw new RuntimeException('LUIK_SECRETS: not whsec_ and 24 to 64 bytes in base64');
}

/** Standard Webhooks: one of the signatures fits one of our secrets, and is from just now. */
function isSigned(string $body, int $now): bool
{
    $header = fn (string $name): string => (string) ($_SERVER["HTTP_WEBHOOK_$name"] ?? '');
    [$name, $stamp] = [$header('ID'), $header('TIMESTAMP')];
    if ($name === '' || str_contains($name, '.') || !preg_match('/^[0-9]{1,12}$/D', $stamp)
        || abs($now - (int) $stamp) > TOLERANCE) {
        return false;
    }
    $fits = false;
    foreach (SECRETS as $secret) {
        $wanted = 'v1,' . base64_encode(hash_hmac('sha256', "$name.$stamp.$body", key_of($secret), true));
        foreach (array_slice(explode(' ', $header('SIGNATURE')), 0, 16) as $given) {
            $fits = hash_equals($wanted, $given) || $fits;
        }
    }
    return $fits;
}

/** The type of a message and what it says. What is not known yet is passed over. */
function read(string $body): array
{
    $event = json_decode($body, true);
    $kind = $event['type'] ?? null;
    $data = $event['data'] ?? [];
    if (!is_string($kind)) {
        throw new Malformed();
    }
    if ($kind === 'luik.items.changed') {
        $items = $data['items'] ?? null;
        is_array($items) || throw new Malformed();
        return [$kind, array_map(fn ($item) => [$item, fault($item)], $items)];
    }
    if ($kind === 'luik.lease.renewed') {
        return [$kind, ['said' => seconds($event['time'] ?? null), 'until' => seconds($data['validUntil'] ?? null)]];
    }
    if ($kind === 'luik.holdings.asked' && $data) {
        is_string($data['region'] ?? null) && is_int($data['limit'] ?? null) || throw new Malformed();
        return [$kind, [[$data['kind'] ?? '', $data['region']], $data['after'] ?? '', $data['limit']]];
    }
    return [$kind, null];
}

/** `2026-11-22T07:13:54.294Z` as seconds since 1970. */
function seconds(mixed $text): float
{
    $fits = is_string($text) && preg_match('/^([0-9-]{10}T[0-9:]{8})(\.[0-9]+)?Z$/D', $text, $parts);
    $whole = $fits ? strtotime("$parts[1]Z") : false;
    return $whole === false ? throw new Malformed() : $whole + (float) ($parts[2] ?? 0);
}

/** Why an item can not be used; the others of its message can. */
function fault(mixed $item): ?string
{
    if (!is_string($item['id'] ?? null) || !preg_match('/^[a-z2-7]{26}$/D', $item['id'])) {
        throw new Malformed();
    }
    [$state, $modified] = [$item['state'] ?? null, $item['modified'] ?? null];
    if (!in_array($state, ['updated', 'deleted'], true) || !in_array($item['kind'] ?? null, ['request', 'offer'], true)) {
        return 'unknown state or kind';
    }
    if (!is_int($modified) || $modified < 0 || $modified >= 1 << 53) {
        return 'modified is not a change number';
    }
    return $state === 'updated' && !is_array($item['data'] ?? null) ? 'data is missing' : null;
}

/**
 * A removal stays as a tombstone without data, so that a publish that comes late changes nothing.
 * So a message may also come twice: nothing has to be remembered of its webhook-id.
 */
function apply(array $item, array &$items): void
{
    $held = $items[$item['id']] ?? null;
    if ($held === null || $held['modified'] < $item['modified']) {
        $data = $item['state'] === 'updated' ? $item['data'] : null;
        $items[$item['id']] = ['kind' => $item['kind'], 'modified' => $item['modified'], 'data' => $data];
    }
}

/** Carries out a message and answers with what is held afterwards. */
function take(string $kind, ?array $said): array
{
    $answer = ['confirmed' => [], 'rejected' => []];
    $lock = locked();
    $state = load();
    if ($kind === 'luik.items.changed') {
        foreach ($said as [$item, $why]) {
            if ($why !== null) {
                $answer['rejected'][] = ['id' => $item['id'], 'reason' => $why];
            } else {
                apply($item, $state['items']);
                $answer['confirmed'][] = $item['id'];
            }
        }
        save($state);
    } elseif ($kind === 'luik.lease.renewed') {
        if ($state['lease'] === null || $state['lease']['said'] <= $said['said']) {  // the last word counts
            save(['lease' => $said] + $state);
        }
    } elseif ($kind === 'luik.holdings.asked') {
        $answer += holdings($state['items'], $said);
    }
    fclose($lock);
    return $answer + ['digest' => digest(live($state['items']))];
}

function live(array $items): array
{
    $live = array_filter($items, fn ($held) => $held['data'] !== null);
    ksort($live, SORT_STRING);
    return $live;
}

function digest(array $live): string
{
    $total = str_repeat("\0", 32);
    foreach ($live as $id => $held) {
        $total ^= hash('sha256', "$id:{$held['modified']}", true);
    }
    return bin2hex($total);
}

/** By kind and region the digests, or the list of one of them: so only what differs is sent. */
function holdings(array $items, ?array $asked): array
{
    $places = [];
    foreach (live($items) as $id => $held) {
        $places[$held['kind']][$held['data']['region']['code'] ?? ''][$id] = $held;
    }
    if ($asked !== null) {
        [[$kind, $region], $after, $limit] = $asked;
        $rest = array_filter($places[$kind][$region] ?? [], fn ($id) => strcmp($id, $after) > 0, ARRAY_FILTER_USE_KEY);
        $row = fn ($id, $held) => ['id' => $id, 'modified' => $held['modified']];
        $rest = array_slice($rest, 0, max(0, min($limit, LIST_MAX)));
        return ['holdings' => array_map($row, array_keys($rest), $rest)];
    }
    $buckets = [];
    foreach ($places as $kind => $regions) {
        foreach ($regions as $region => $live) {
            $buckets[] = ['kind' => $kind, 'region' => (string) $region, 'count' => count($live), 'digest' => digest($live)];
        }
    }
    return ['buckets' => $buckets];
}

/** One message at a time; closing the file, or the end of the request, lets the next one in. */
function locked(): mixed
{
    $file = fopen(STATE . '.lock', 'c');
    return $file !== false && flock($file, LOCK_EX) ? $file : throw new RuntimeException('the state can not be locked');
}

function load(): array
{
    if (!file_exists(STATE)) {
        return ['lease' => null, 'items' => []];
    }
    return json_decode((string) file_get_contents(STATE), true, 64, JSON_THROW_ON_ERROR);
}

/** The old state or the new one, whatever happens, and on disk before we answer. */
function save(array $state): void
{
    $text = json_encode($state, JSON_THROW_ON_ERROR);
    $file = fopen(STATE . '.new', 'w');
    $whole = $file !== false && fwrite($file, $text) === strlen($text) && fflush($file) && fsync($file);
    if (!$whole || !rename(STATE . '.new', STATE) || !fsync($file)) {  // the second time for the new name
        throw new RuntimeException('the state can not be kept');
    }
    fclose($file);
}

/** What is held now, newest first. Everything in an item is text of strangers: escape all of it. */
function page(array $state, float $now): string
{
    $running = $state['lease'] !== null && $now <= $state['lease']['until'];
    $items = $running ? live($state['items']) : [];
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

function answer(int $status, string $kind, string $text): void
{
    http_response_code($status);
    foreach (['content-type' => $kind] + HEADERS as $name => $value) {
        header("$name: $value");
    }
    echo $text;
}

function receive(): void
{
    $body = (string) file_get_contents('php://input', false, null, 0, BODY_MAX + 1);
    if (strlen($body) > BODY_MAX) {
        answer(413, 'text/plain', 'too large');
    } elseif (!isSigned($body, time())) {
        answer(401, 'text/plain', 'not signed, or not now');
    } else {
        try {
            $answer = take(...read($body));
            answer(200, 'application/json', json_encode($answer, JSON_THROW_ON_ERROR));
        } catch (Malformed) {
            answer(400, 'text/plain', 'not a message');
        }
    }
}

umask(0077);
if (STATE === '' || SECRETS === []) {
    throw new RuntimeException('LUIK_STATE and LUIK_SECRETS must be set');
}
if ($_SERVER['REQUEST_METHOD'] === 'POST') {
    receive();
} else {
    answer(200, 'text/html; charset=utf-8', page(load(), microtime(true)));
}
