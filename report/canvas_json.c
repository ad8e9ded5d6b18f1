/* The geometry of a drawing: where its frames, ticks, labels and marks lie, in points. */
#include <math.h>
#include <string.h>

#include "canvas.h"
#include "flopclock/json.h"

/* Thousandths of a point are more than anyone can see, and keep the file small. */
static double rounded(double value)
{
	return round(value * 1000) / 1000;
}

static void add_box(struct fc_json *json, struct fc_box box)
{
	fc_json_number(json, "x", rounded(box.x));
	fc_json_number(json, "y", rounded(box.y));
	if (box.w > 0 || box.h > 0) {
		fc_json_number(json, "width", rounded(box.w));
		fc_json_number(json, "height", rounded(box.h));
	}
}

static void add_places(const struct fc_canvas *canvas, const char *kind, const char *key, struct fc_json *json)
{
	fc_json_array(json, key);
	for (size_t i = 0; i < canvas->place_count; i++) {
		const struct fc_place *place = &canvas->places[i];

		if (strcmp(place->kind, kind) != 0)
			continue;
		fc_json_object(json, NULL);
		fc_json_text(json, "name", place->name);
		if (!isnan(place->value[0]))
			fc_json_number(json, "value", place->value[0]);
		if (!isnan(place->value[1]))
			fc_json_number(json, "second", place->value[1]);
		add_box(json, place->box);
		fc_json_end_object(json);
	}
	fc_json_end_array(json);
}

static void add_labels(const struct fc_canvas *canvas, struct fc_json *json)
{
	size_t label = 0;

	fc_json_array(json, "labels");
	for (size_t i = 0; i < canvas->mark_count; i++) {
		const struct fc_mark *mark = &canvas->marks[i];

		if (mark->kind != FC_MARK_TEXT)
			continue;
		fc_json_object(json, NULL);
		fc_json_text(json, "text", mark->as.text.text);
		if (mark->as.text.raised)
			fc_json_text(json, "raised", mark->as.text.raised);
		add_box(json, canvas->labels[label++]);
		fc_json_end_object(json);
	}
	fc_json_end_array(json);
}

void fc_canvas_json(const struct fc_canvas *canvas, const char *id, struct fc_str *out)
{
	struct fc_json json = { 0 };

	fc_json_object(&json, NULL);
	fc_json_text(&json, "figure", id);
	fc_json_text(&json, "unit", "pt");
	fc_json_number(&json, "width", rounded(canvas->width));
	fc_json_number(&json, "height", rounded(canvas->height));
	add_places(canvas, "frame", "frames", &json);
	add_places(canvas, "tick", "ticks", &json);
	add_labels(canvas, &json);
	add_places(canvas, "bar", "bars", &json);
	add_places(canvas, "point", "points", &json);
	fc_json_end_object(&json);
	fc_str_addn(out, json.out.text, json.out.length);
	fc_str_addc(out, '\n');
	fc_json_release(&json);
}
