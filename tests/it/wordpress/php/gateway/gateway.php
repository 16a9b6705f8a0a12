<?php
/**
 * WordPress fetches from public hosts and their usual ports only. In the real world the gateway has
 * such a host; here it has a port of 127.0.0.1, and exactly that one is let through.
 */

$gateway = explode(':', (string) getenv('WORDPRESS_GATEWAY'));
$is_gateway = fn ($url) => [parse_url($url, PHP_URL_HOST), (string) parse_url($url, PHP_URL_PORT)] === $gateway;
add_filter('http_request_host_is_external', fn ($is, $host, $url) => $is || $is_gateway($url), 10, 3);
add_filter('http_allowed_safe_ports', fn ($ports, $host, $url) => $is_gateway($url) ? [(int) $gateway[1]] : $ports, 10, 3);
