DELETE FROM platform.setup_tokens
