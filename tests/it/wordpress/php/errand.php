<?php
/** Errands of a test, with WordPress's own functions: `errand.php WHAT [ID]`, text on standard input. */

[, $what, $id] = $argv + [2 => '0'];
if ($what === 'install') {
    define('WP_INSTALLING', true);
    $db = mysqli_connect('localhost', 'anyone', '', '', 0, getenv('WORDPRESS_SOCKET'));
    $db->query('CREATE DATABASE wordpress');
    function wp_new_blog_notification()  // takes the place of the mail
    {
    }
}
$_SERVER['HTTP_HOST'] = getenv('WORDPRESS_ADDRESS');
require getenv('WORDPRESS_CODE') . '/wp-load.php';

function dump(string $table): string
{
    return json_encode($GLOBALS['wpdb']->get_results("SELECT * FROM {$GLOBALS['wpdb']->$table}"), JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE);
}

function saved(int|WP_Error $id): int
{
    return is_wp_error($id) ? throw new RuntimeException($id->get_error_message()) : $id;
}

$text = fn () => wp_slash((string) stream_get_contents(STDIN));
echo match ($what) {
    'install' => (function () {
        require ABSPATH . 'wp-admin/includes/upgrade.php';
        return wp_install('Buurthuis', 'beheer', 'beheer@buurthuis.example', true, '', 'geheim')['user_id'];
    })(),
    'activate' => (function () {
        require ABSPATH . 'wp-admin/includes/plugin.php';
        is_wp_error(activate_plugin('luik.php')) && throw new RuntimeException('not activated');
        return 'active';
    })(),
    // The path of its page.
    'post' => wp_make_link_relative(get_permalink(saved(wp_insert_post(['post_title' => 'Hulp', 'post_status' => 'publish', 'post_author' => 1, 'post_content' => $text()], true)))),
    // As if the plugin had fetched what it holds so many seconds earlier.
    'age' => set_transient('luik_fragment', ['at' => ($held = get_transient('luik_fragment'))['at'] - (int) $id] + $held, 300),
    // What WordPress does by itself after a while, when somebody visits the site.
    'later' => (string) do_action('luik_forget'),
    // Everything that WordPress keeps.
    'kept' => implode("\n", array_map('dump', ['posts', 'postmeta', 'options'])),
};
