"""What the pages say around the data, zh and en: plain, specific, no blame. A file for each page's words."""
