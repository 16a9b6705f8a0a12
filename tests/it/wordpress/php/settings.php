<?php
/** WordPress's settings for one test; tests/setup has put a line into wp-config.php that reads them. */

foreach (['WP_HOME', 'WP_SITEURL'] as $name) {
    define($name, 'http://' . getenv('WORDPRESS_ADDRESS'));
}
define('DB_HOST', 'localhost:' . getenv('WORDPRESS_SOCKET'));
define('DB_NAME', 'wordpress');
define('DB_USER', 'anyone');
define('DB_PASSWORD', '');
define('DB_CHARSET', 'utf8mb4');
define('DB_COLLATE', '');
define('WP_CONTENT_DIR', getenv('WORDPRESS_CONTENT'));
define('WPMU_PLUGIN_DIR', __DIR__ . '/gateway');
define('WP_PLUGIN_DIR', dirname(__DIR__, 4) . '/partners/kit/wordpress');
define('DISABLE_WP_CRON', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
define('WP_HTTP_BLOCK_EXTERNAL', true);  // but for one host
define('WP_ACCESSIBLE_HOSTS', '127.0.0.1');
define('WP_DEBUG', true);
define('WP_DEBUG_DISPLAY', false);
define('WP_DEBUG_LOG', getenv('WORDPRESS_CONTENT') . '/debug.log');
foreach (['LUIK_EMBED', 'LUIK_SECRETS'] as $name) {
    if (getenv($name) !== false) {
        define($name, getenv($name));
    }
}
$table_prefix = 'wp_';
defined('ABSPATH') || define('ABSPATH', __DIR__ . '/');
require_once ABSPATH . 'wp-settings.php';
