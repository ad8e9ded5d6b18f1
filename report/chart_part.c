/* What several charts need: texts, rows, legends. */
#include <math.h>
#include <stdio.h>

#include "chart.h"

struct fc_label fc_plot_label(const struct fc_plot *plot, const char *text, enum fc_anchor anchor, double x, double y)
{
	return (struct fc_label){
		.text = text, .type = plot->type, .colour = FC_BLACK, .anchor = anchor, .x = x, .y = y
	};
}

struct fc_box fc_plot_text(struct fc_plot *plot, const char *text, enum fc_anchor anchor, double x, double y,
			   int32_t colour)
{
	struct fc_label label = fc_plot_label(plot, text, anchor, x, y);

	label.colour = fc_plot_colour(plot, colour);
	return fc_canvas_text(plot->canvas, &label);
}

double fc_plot_width(const struct fc_plot *plot, const char *text)
{
	return fc_text_width(plot->canvas->metrics, &plot->type, text);
}

const char *fc_plot_fit(struct fc_plot *plot, const char *text, double width)
{
	struct fc_arena *arena = &plot->canvas->arena;

	return fc_text_fit(arena, plot->canvas->metrics, &plot->type, fc_text_clean(arena, text), width);
}

double fc_plot_line(const struct fc_plot *plot)
{
	return 1.2 * plot->type.size;
}

double fc_plot_ascent(const struct fc_plot *plot)
{
	return plot->canvas->metrics->ascent * plot->type.size;
}

double fc_plot_descent(const struct fc_plot *plot)
{
	return plot->canvas->metrics->descent * plot->type.size;
}

int32_t fc_plot_colour(const struct fc_plot *plot, int32_t colour)
{
	return fc_colour(colour, plot->style->mono);
}

struct fc_rows fc_plot_rows(struct fc_plot *plot, bool (*shown)(const struct fc_study_network *), int rooms)
{
	const struct fc_study *study = plot->study;
	int *all = FC_NEW_ARRAY(&plot->canvas->arena, int, study->network_count + 1), count = 0;
	struct fc_rows rows = { 0, all };

	for (int i = 0; i < study->network_count; i++) {
		if (shown(&study->networks[i]))
			all[count++] = i;
	}
	rows.count = count < rooms ? count : rooms < 1 ? 1 : rooms;
	for (int i = 0; i < rows.count && rows.count < count; i++)
		all[i] = all[rows.count > 1 ? (int)((int64_t)i * (count - 1) / (rows.count - 1)) : 0];
	return rows;
}

/* In u. */
static double sample_width(const struct fc_legend_item *item)
{
	return item->sample == FC_SAMPLE_MARKER ? 6 : item->sample == FC_SAMPLE_TICK ? 4 : 13;
}

static double item_width(const struct fc_plot *plot, const struct fc_legend_item *item)
{
	struct fc_label label = fc_plot_label(plot, item->text, FC_ANCHOR_LEFT, 0, 0);

	label.raised = item->raised;
	return (sample_width(item) + 3) * plot->u + fc_label_width(plot->canvas->metrics, &label);
}

static void draw_sample(struct fc_plot *plot, const struct fc_legend_item *item, double x, double y)
{
	const double u = plot->u, w = sample_width(item) * u;
	const int32_t colour = fc_plot_colour(plot, item->colour);
	const struct fc_ink line = { FC_NO_COLOUR, colour, 1.1 * u, item->dash };
	const struct fc_ink band = { FC_GREY_BAND, FC_NO_COLOUR, 0, FC_DASH_SOLID };
	const struct fc_ink tick = { FC_NO_COLOUR, colour, 1.2 * u, FC_DASH_SOLID };

	switch (item->sample) {
	case FC_SAMPLE_MARKER:
		fc_marker_draw(plot->canvas, item->shape, item->hollow, colour, x + w / 2, y, 4.4 * u);
		break;
	case FC_SAMPLE_BAND:
		fc_canvas_rect(plot->canvas, (struct fc_box){ x, y - 3 * u, w, 6 * u }, &band);
		fc_canvas_line(plot->canvas, x, y, x + w, y, &line);
		break;
	case FC_SAMPLE_LINE:
		fc_canvas_line(plot->canvas, x, y, x + w, y, &line);
		break;
	case FC_SAMPLE_BAR:
		fc_bar_draw(plot->canvas, (struct fc_box){ x, y - 3 * u, w, 6 * u }, item->bar, u, plot->style->mono);
		break;
	case FC_SAMPLE_TICK:
		fc_canvas_line(plot->canvas, x + w / 2, y - 4.2 * u, x + w / 2, y + 4.2 * u, &tick);
		break;
	}
}

double fc_legend(struct fc_plot *plot, const struct fc_legend_item *items, int count, double x, double y,
		 double width, bool draw)
{
	const double u = plot->u, space = 9 * u, pitch = 1.3 * plot->type.size;
	double at = 0, top = 0, ascent = fc_plot_ascent(plot);

	/* Superscripts rise above the letters. */
	for (int i = 0; i < count; i++) {
		if (items[i].raised)
			ascent = (FC_RAISED_RISE + FC_RAISED_SIZE * plot->canvas->metrics->ascent) * plot->type.size;
	}
	for (int i = 0; i < count; i++) {
		const double wide = item_width(plot, &items[i]);

		if (at > 0 && at + wide > width) {
			at = 0;
			top += pitch;
		}
		if (draw) {
			const double base = y + top + ascent, indent = (sample_width(&items[i]) + 3) * u;
			struct fc_label label =
				fc_plot_label(plot, items[i].text, FC_ANCHOR_LEFT, x + at + indent, base);

			label.raised = items[i].raised;
			draw_sample(plot, &items[i], x + at, base - 0.34 * plot->type.size);
			if (wide > width)
				label.text = fc_plot_fit(plot, label.text, width - indent);
			fc_canvas_text(plot->canvas, &label);
		}
		at += wide + space;
	}
	return count ? top + ascent + fc_plot_descent(plot) : 0;
}

const char *fc_text_percent(char buffer[FC_TEXT_NUMBER], double share)
{
	char number[FC_TEXT_NUMBER];

	if (!isfinite(share))
		buffer[0] = '\0';
	else if (share > 0 && share < 0.005)
		snprintf(buffer, FC_TEXT_NUMBER, "<1\xC2\xA0%%");
	else
		snprintf(buffer, FC_TEXT_NUMBER, "%.20s\xC2\xA0%%", fc_text_fixed(number, 100 * share, 0));
	return buffer;
}

const char *fc_text_times(char buffer[FC_TEXT_NUMBER], double factor)
{
	char number[FC_TEXT_NUMBER];

	if (!isfinite(factor))
		buffer[0] = '\0';
	else
		snprintf(buffer, FC_TEXT_NUMBER, "\xC3\x97%.30s", fc_text_significant(number, factor, 2));
	return buffer;
}
