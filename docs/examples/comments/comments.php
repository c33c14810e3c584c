<?php
/**
 * Comments by Showcause in a WordPress theme.
 *
 * Save this file as comments.php in your (child) theme and put your own address below. WordPress's own comments stay
 * where they are; remove the file, and the theme shows them again.
 */

if ( ! defined( 'ABSPATH' ) || post_password_required() ) {
	return;
}

$showcause_home     = 'https://comments.example';
$showcause_language = 'fr' === substr( get_locale(), 0, 2 ) ? 'fr' : 'en';
$showcause_section  = get_the_category();
$showcause_about    = array(
	'article' => 'wordpress-' . get_the_ID(), // As the import names it; it stays when the permalink changes.
	'address' => get_permalink(),
	'title'   => wp_strip_all_tags( get_the_title() ),
	'section' => $showcause_section ? $showcause_section[0]->slug : '',
	'lang'    => $showcause_language,
);
$showcause_link     = $showcause_home . '/comments/of?' . http_build_query( $showcause_about );
?>
<section id="comments" class="comments-area">
	<showcause-comments
		article="<?php echo esc_attr( $showcause_about['article'] ); ?>"
		address="<?php echo esc_url( $showcause_about['address'] ); ?>"
		headline="<?php echo esc_attr( $showcause_about['title'] ); ?>"
		section="<?php echo esc_attr( $showcause_about['section'] ); ?>"
		lang="<?php echo esc_attr( $showcause_about['lang'] ); ?>">
		<a href="<?php echo esc_url( $showcause_link ); ?>"><?php echo 'fr' === $showcause_language ? 'Lire et écrire des commentaires' : 'Read and write comments'; ?></a>
	</showcause-comments>
	<script async src="<?php echo esc_url( $showcause_home . '/comments/embed.js' ); ?>"></script>
</section>
