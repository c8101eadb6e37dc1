"""How probable a model says images are: exactly where that can be, else estimated, from both sides."""
