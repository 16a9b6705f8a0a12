<?php
/**
 * Plugin Name: Luik
 * Description: Shows requests and offers from the neighbourhood, as the block "Luik" or as [luik]. Nothing is kept for longer than five minutes, and visitors meet no other host.
 * Version: 1.0.0
 * Requires at least: 6.1
 * Requires PHP: 8.1
 * License: EUPL-1.2
 *
 * In wp-config.php, above the line that says to stop editing:
 *
 *     define('LUIK_EMBED', 'https://luik.voorbeeld.nl/embed/wijk');
 *     define('LUIK_SECRETS', 'whsec_…');  // for pushes to /wp-json/luik/v1/push; two while it is being changed
 *
 * Three rules make it right: everything in an item is text of strangers (`clean`), what was removed
 * is gone within the time of the cache and at once after a push (`fragment`, `purge`), and nobody
 * else keeps a copy for us (`keep_out`).
 */
declare(strict_types=1);

namespace Luik;

defined('ABSPATH') || exit;

const FRESH = MINUTE_IN_SECONDS;  // so long without asking again
const KEPT = 5 * MINUTE_IN_SECONDS;  // so long when the gateway does not answer; nothing is older
const PATIENCE = 30;  // seconds before a gateway that did not answer is asked again
const TIMEOUT = 3;
const SIZE_MAX = 512 << 10;
const BODY_MAX = 8 << 20;
const TOLERANCE = 5 * MINUTE_IN_SECONDS;
const CACHE = 'luik_fragment';
const FAILED = 'luik_failed';
const PURGES = 'luik_purges';
/** What stands there when there is nothing to show, with a link to the list. */
const OTHERWISE = [
    'nl' => '<p>De vragen en het aanbod uit de buurt zijn hier nu niet te zien. <a rel="noreferrer" href="%s">Bekijk ze op hun eigen pagina</a>.</p>',
    'en' => '<p>The requests and offers from the neighbourhood can not be seen here now. <a rel="noreferrer" href="%s">See them on their own page</a>.</p>',
    'fy' => '<p>De fragen en it oanbod út de buert binne hjir no net te sjen. <a rel="noreferrer" href="%s">Besjoch se op har eigen side</a>.</p>',
];
/** As little as a list needs: letters and colours are the theme's. */
const STYLE = <<<'CSS'
    .luik-list{list-style:none;margin:0;padding:0}
    .luik-item{margin:0;padding:1.25em 0;border-bottom:1px solid currentColor}
    .luik .luik-heading{margin:.25em 0;font-size:1.25em;line-height:1.3}
    .luik .luik-card p{margin:.35em 0}
    .luik-top,.luik-foot{display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 1em}
    .luik-way{display:inline-block;min-height:24px}
    .luik-where{display:block;font-size:.85em}
    .luik-unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
    CSS;
const SAID = ['class' => true, 'lang' => true, 'dir' => true];
/** The tags of a fragment, and what they may have. No picture, no script, no style, no frame. */
const TAGS = [
    'a' => ['href' => true, 'rel' => true] + SAID,
    'article' => SAID, 'bdi' => SAID, 'br' => [], 'details' => SAID, 'div' => SAID,
    'h2' => SAID, 'h3' => SAID, 'h4' => SAID, 'h5' => SAID, 'h6' => SAID,
    'li' => SAID, 'p' => SAID, 'section' => ['aria-label' => true] + SAID, 'span' => SAID,
    'summary' => SAID, 'time' => ['datetime' => true] + SAID, 'ul' => ['role' => true] + SAID,
];

/** The address of the embed, none when it is not set. */
function address(): string
{
    return defined('LUIK_EMBED') ? rtrim((string) LUIK_EMBED, '/') : '';
}

/** What the block shows. Only a page that a visitor looks at gets items: feeds and mails are kept by others. */
function render(): string
{
    if (address() === '') {
        return current_user_can('edit_posts') ? '<p>LUIK_EMBED is not set in wp-config.php.</p>' : '';
    }
    keep_out();
    $fragment = did_action('template_redirect') && !is_feed() ? fragment() : null;
    wp_enqueue_style('luik-items');
    $otherwise = sprintf(OTHERWISE[language()], esc_url(address(), ['https', 'http']));
    return '<div class="wp-block-luik-items luik" data-nosnippet>' . ($fragment ?? $otherwise) . '</div>';
}

/** What the gateway says now, or said less than five minutes ago; none when neither is to be had. */
function fragment(): ?string
{
    $from = address() . '/fragment?heading=2&lang=' . language();
    $purges = purges();
    $held = get_transient(CACHE);
    $age = is_array($held) ? time() - $held['at'] : KEPT;
    // What was fetched before a push may have been stored after it.
    if ($age < 0 || $age >= KEPT || $held['purges'] !== $purges || $held['from'] !== $from) {
        $held = null;
    }
    if ($held && $age < FRESH || get_transient(FAILED)) {
        return $held['html'] ?? null;
    }
    $headers = ['cache-control' => 'no-cache'] + ($held && $held['etag'] !== '' ? ['if-none-match' => $held['etag']] : []);
    $answer = wp_remote_get($from, [
        'timeout' => TIMEOUT, 'redirection' => 0, 'limit_response_size' => SIZE_MAX, 'headers' => $headers,
    ]);
    $status = wp_remote_retrieve_response_code($answer);
    $body = wp_remote_retrieve_body($answer);
    if ($held && $status === 304) {
        return keep(['at' => time()] + $held);
    }
    if ($status === 200 && strlen($body) < SIZE_MAX) {  // what is longer was cut off
        $etag = (string) wp_remote_retrieve_header($answer, 'etag');
        return keep(['html' => clean($body), 'etag' => $etag, 'at' => time(), 'from' => $from, 'purges' => $purges]);
    }
    set_transient(FAILED, true, PATIENCE);
    if ($status === 404 || $status === 410) {  // there is no agreement any more
        delete_transient(CACHE);
        return null;
    }
    return $held['html'] ?? null;
}

/** The language of the site, if the gateway speaks it. */
function language(): string
{
    $language = substr(get_locale(), 0, 2);
    return array_key_exists($language, OTHERWISE) ? $language : 'nl';
}

function keep(array $held): string
{
    set_transient(CACHE, $held, KEPT);
    // WordPress leaves what has expired where it is until somebody asks for it.
    wp_next_scheduled('luik_forget') || wp_schedule_single_event(time() + KEPT, 'luik_forget');
    return $held['html'];
}

/** Only the tags above, and nothing that WordPress would do something with: a stranger may type [gallery]. */
function clean(string $html): string
{
    $html = (string) preg_replace('/<!--.*?(-->|$)/s', '', $html);
    $html = wp_kses($html, TAGS, ['https', 'http']);
    // An entity for the bracket would not do: WordPress turns it back, and may look for shortcodes again.
    return (string) preg_replace('/\[(?!…)/u', '[&#8288;', $html);
}

/** No page cache, no proxy and no search engine keeps a page with items: nobody could take them back from there. */
function keep_out(): void
{
    defined('DONOTCACHEPAGE') || define('DONOTCACHEPAGE', true);
    add_filter('wp_robots', fn (array $robots) => ['noindex' => true, 'noarchive' => true, 'nosnippet' => true] + $robots);
    if (!headers_sent() && did_action('template_redirect')) {
        nocache_headers();
        header('X-Robots-Tag: noindex, noarchive, nosnippet');
    }
}

/** As early as it can be known, for themes that print the head before the text. */
function look_ahead(): void
{
    foreach ($GLOBALS['wp_query']->posts ?? [] as $post) {
        if (has_block('luik/items', $post) || has_shortcode($post->post_content ?? '', 'luik')) {
            keep_out();
            return;
        }
    }
}

/** Another word after each purge. */
function purges(): string
{
    return (string) get_option(PURGES, '');
}

function purge(): void
{
    update_option(PURGES, wp_generate_uuid4(), false);
    delete_transient(CACHE);
    delete_transient(FAILED);
}

/** Expired, or about to be: the next visitor fetches it anew. */
function forget(): void
{
    $held = get_transient(CACHE);
    if (is_array($held) && time() - $held['at'] < KEPT - PATIENCE) {
        wp_schedule_single_event($held['at'] + KEPT, 'luik_forget');
    } else {
        delete_transient(CACHE);
    }
}

/** Any push that is signed means that something may have changed; nothing of it is read or kept. */
function push(\WP_REST_Request $request): \WP_REST_Response
{
    $body = $request->get_body();
    $status = match (true) {
        strlen($body) > BODY_MAX => 413,
        !is_signed($body, $request, time()) => 401,
        default => 204,
    };
    if ($status === 204) {
        purge();
    }
    return new \WP_REST_Response(null, $status);
}

/** Standard Webhooks: one of the signatures fits one of our secrets, and is from just now. */
function is_signed(string $body, \WP_REST_Request $request, int $now): bool
{
    $header = fn (string $name): string => (string) $request->get_header("webhook-$name");
    [$name, $stamp] = [$header('id'), $header('timestamp')];
    if ($name === '' || str_contains($name, '.') || !preg_match('/^[0-9]{1,12}$/D', $stamp)
        || abs($now - (int) $stamp) > TOLERANCE) {
        return false;
    }
    $fits = false;
    foreach (keys() as $key) {
        $wanted = 'v1,' . base64_encode(hash_hmac('sha256', "$name.$stamp.$body", $key, true));
        foreach (array_slice(explode(' ', $header('signature')), 0, 16) as $given) {
            $fits = hash_equals($wanted, $given) || $fits;
        }
    }
    return $fits;
}

/** The bytes behind `whsec_` and base64; what is no key fits nothing. */
function keys(): array
{
    $secrets = preg_split('/\s+/', defined('LUIK_SECRETS') ? (string) LUIK_SECRETS : '', -1, PREG_SPLIT_NO_EMPTY);
    $keys = array_map(fn ($secret) => (string) base64_decode(preg_replace('/^whsec_/', '', $secret), true), $secrets);
    return array_filter($keys, fn ($key) => strlen($key) >= 24 && strlen($key) <= 64);
}

/** The block, for the editor without a build step: a line that says what will stand there. */
function register(): void
{
    wp_register_script('luik-items', false, ['wp-blocks', 'wp-element', 'wp-block-editor'], null, true);
    wp_add_inline_script('luik-items', <<<'JS'
        (function (blocks, element, editor) {
            blocks.registerBlockType('luik/items', {
                apiVersion: 2, title: 'Luik', category: 'widgets', icon: 'groups',
                description: 'Vragen en aanbod uit de buurt.', supports: { html: false, multiple: false },
                edit: function () {
                    return element.createElement('p', editor.useBlockProps(), 'Luik: hier komen vragen en aanbod uit de buurt.');
                },
                save: function () { return null; },
            });
        })(window.wp.blocks, window.wp.element, window.wp.blockEditor);
        JS);
    wp_register_style('luik-items', false, [], null);
    wp_add_inline_style('luik-items', STYLE);
    register_block_type('luik/items', ['api_version' => 2, 'editor_script' => 'luik-items', 'render_callback' => render(...)]);
    add_shortcode('luik', render(...));
}

add_action('init', register(...));
add_action('template_redirect', look_ahead(...));
add_action('luik_forget', forget(...));
add_action('rest_api_init', fn () => register_rest_route('luik/v1', '/push', [
    'methods' => 'POST', 'callback' => push(...), 'permission_callback' => '__return_true',
]));
register_deactivation_hook(__FILE__, function (): void {
    purge();
    delete_option(PURGES);
    wp_clear_scheduled_hook('luik_forget');
});
