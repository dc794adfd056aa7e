"""The threads between camera and gait core: mailboxes, pose workers, measuring."""
