"""A seeded world around the real lane: adversarial scheduling, kills and moves, judged by the reference interpreter."""
