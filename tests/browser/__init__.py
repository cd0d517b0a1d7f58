"""A package, so that its fixtures can end with its last test: an open Playwright would be in the way of others."""
