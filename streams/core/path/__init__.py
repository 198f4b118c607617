"""The path to clear: which real events, at which dates, open a product that isn't open (architecture, "Rules").

`needs` inverts facts (what would make a limit hold), `actions` makes events of that, `scene` tries them in the engine
itself, `search` keeps the best combination: fewest actions, then least money, then earliest date.
"""
