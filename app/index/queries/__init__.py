"""Every statement on passages and on the counts of their words. Each carries the scope whose they are."""
