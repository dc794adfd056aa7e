"""The page of a session, its curve and its words; validation reports, the sheet of stickers."""
