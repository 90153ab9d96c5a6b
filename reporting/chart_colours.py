"""The colours and the font of all charts. `style.css` has others for a dark page and for forced colours, by the same values."""

INK, GREY, LINE, TARGET = "#1a1f24", "#4a545d", "#1f4e8c", "#9a3412"
FONT = "Arial, Helvetica, sans-serif"
