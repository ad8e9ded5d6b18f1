#include <math.h>

#include "chart_stack.h"

#define LEAST_PITCH 9.8	/* in u, as all lengths in capitals */
#define PITCH 16
#define GROUP_PITCH 12
#define GROUP_SPACE 4
#define OVERHEAD 104	/* legend, axis and its text, at most */
#define NAME_SHARE 0.3	/* of the width */

struct layout {
	double legend, names, kinds, top, pitch, space, bar, bottom;
	struct fc_axis axis;
};

int fc_stack_rooms(const struct fc_plot *plot, int group)
{
	const double room = plot->style->max_height - OVERHEAD * plot->u;

	return (int)(room / ((group * LEAST_PITCH + (group > 1 ? GROUP_SPACE : 0)) * plot->u));
}

static double draw_legend(struct fc_plot *plot, const struct fc_stack *stack, bool draw)
{
	struct fc_legend_item items[FC_STACK_PARTS];
	int count = 0;

	for (int i = 0; i < stack->parts; i++) {
		if (stack->used[i])
			items[count++] = (struct fc_legend_item){ .sample = FC_SAMPLE_BAR, .text = stack->texts[i],
								  .bar = fc_bar_look(stack->looks[i]) };
	}
	return fc_legend(plot, items, count, 0, 0, plot->canvas->width, draw);
}

static void find_used(struct fc_stack *stack)
{
	for (int row = 0; row < stack->count; row++) {
		for (int i = 0; i < stack->parts; i++) {
			double *share = &stack->rows[row].shares[i];

			*share = isfinite(*share) && *share > 0 ? *share : 0;
			stack->used[i] = stack->used[i] || *share >= FC_STACK_VISIBLE;
		}
	}
}

static int groups(const struct fc_stack *stack)
{
	int count = 0;

	for (int row = 1; row < stack->count; row++)
		count += stack->rows[row].starts;
	return count;
}

static int place(struct fc_plot *plot, const struct fc_stack *stack, struct layout *l, struct fc_error *err)
{
	const double u = plot->u, width = plot->canvas->width;
	double below, room, x;

	for (int row = 0; row < stack->count; row++) {
		const struct fc_stack_row *r = &stack->rows[row];

		l->names = fmax(l->names, fc_plot_width(plot, fc_plot_fit(plot, r->name, NAME_SHARE * width)));
		l->kinds = fmax(l->kinds, r->kind ? fc_plot_width(plot, r->kind) + 5 * u : 0);
	}
	x = l->names + l->kinds + 4 * u;
	l->top = draw_legend(plot, stack, false) + 6 * u;
	l->axis = (struct fc_axis){ .name = "share", .low = 0, .high = 100, .start = x, .end = width - 6 * u,
				    .limit_low = x - 3 * u, .limit_high = width, .type = plot->type };
	if (fc_axis_fit(&l->axis, plot->canvas->metrics, err))
		return -1;
	below = fc_axis_depth(&l->axis, plot->canvas->metrics) + fc_plot_line(plot) + 2 * u;
	l->space = groups(stack) ? GROUP_SPACE * u : 0;
	room = plot->style->max_height - l->top - below - groups(stack) * l->space;
	l->pitch = fmin((groups(stack) ? GROUP_PITCH : PITCH) * u, room / stack->count);
	l->bar = fmin(11 * u, l->pitch - 1.6 * u);
	l->bottom = l->top + stack->count * l->pitch + groups(stack) * l->space + u;
	plot->canvas->height = l->bottom + below - u;
	return 0;
}

/* One part of a bar with its per cent, where there is room for the number. */
static void draw_part(struct fc_plot *plot, const struct layout *l, const struct fc_bar_look *look, const char *name,
		      double share, struct fc_box box)
{
	const struct fc_ink veil = { fc_plot_colour(plot, look->fill), FC_NO_COLOUR, 0, FC_DASH_SOLID };
	const double u = plot->u, middle = box.x + box.w / 2, y = box.y + box.h / 2;
	char number[FC_TEXT_NUMBER];
	double wide;

	fc_bar_draw(plot->canvas, box, look, u, plot->style->mono);
	fc_canvas_place(plot->canvas, "bar", name, share, NAN, box);
	wide = fc_plot_width(plot, fc_text_fixed(number, 100 * share, 0));
	if (wide + 5 * u > box.w || l->bar < plot->type.size)
		return;
	if (look->hatch != FC_HATCH_NONE)
		fc_canvas_rect(plot->canvas,
			       (struct fc_box){ middle - wide / 2 - 1.2 * u, y - 4 * u, wide + 2.4 * u, 8 * u },
			       &veil);
	fc_plot_text(plot, number, FC_ANCHOR_MIDDLE, middle, y + 0.35 * plot->type.size, look->text);
}

static void draw_row(struct fc_plot *plot, const struct fc_stack *stack, const struct layout *l, int row, double y)
{
	const struct fc_stack_row *r = &stack->rows[row];
	const double base = y + 0.35 * plot->type.size, u = plot->u;
	double from = 0;

	fc_plot_text(plot, fc_plot_fit(plot, r->name, NAME_SHARE * plot->canvas->width), FC_ANCHOR_RIGHT, l->names,
		     base, FC_BLACK);
	if (r->kind)
		fc_plot_text(plot, r->kind, FC_ANCHOR_RIGHT, l->axis.start - 4 * u, base, FC_GREY_TEXT);
	for (int i = 0; i < stack->parts; i++) {
		const double x0 = fc_axis_at(&l->axis, 100 * from);
		const double x1 = fc_axis_at(&l->axis, fmin(100, 100 * (from + r->shares[i])));

		from += r->shares[i];
		if (r->shares[i] > 0 && stack->used[i])
			draw_part(plot, l, fc_bar_look(stack->looks[i]), stack->texts[i], r->shares[i],
				  (struct fc_box){ x0, y - l->bar / 2, x1 - x0, l->bar });
	}
}

int fc_stack_draw(struct fc_plot *plot, struct fc_stack *stack, struct fc_error *err)
{
	const struct fc_ink ink = { FC_NO_COLOUR, FC_BLACK, 0.6 * plot->u, FC_DASH_SOLID };
	struct layout l = { 0 };
	double y;

	find_used(stack);
	if (place(plot, stack, &l, err))
		return -1;
	draw_legend(plot, stack, true);
	y = l.top - l.pitch / 2;
	for (int row = 0; row < stack->count; row++) {
		y += l.pitch + (row && stack->rows[row].starts ? l.space : 0);
		draw_row(plot, stack, &l, row, y);
	}
	fc_canvas_line(plot->canvas, l.axis.start, l.bottom, l.axis.end, l.bottom, &ink);
	fc_axis_draw(&l.axis, plot->canvas, l.bottom);
	fc_canvas_place(plot->canvas, "frame", stack->id, NAN, NAN,
			(struct fc_box){ l.axis.start, l.top, l.axis.end - l.axis.start, l.bottom - l.top });
	fc_plot_text(
		plot, fc_plot_fit(plot, fc_arena_printf(&plot->canvas->arena, "%s (%%)", stack->axis), l.axis.end),
		FC_ANCHOR_RIGHT, l.axis.end, plot->canvas->height - fc_plot_descent(plot) - 0.5 * plot->u, FC_BLACK);
	return 0;
}

void fc_stack_describe(const struct fc_stack *stack, int row, struct fc_str *out)
{
	const struct fc_stack_row *r = &stack->rows[row];
	bool first = true;

	for (int i = 0; i < stack->parts; i++) {
		char number[FC_TEXT_NUMBER];

		if (!(r->shares[i] > 0))
			continue;
		fc_str_addf(out, "%s %s %s", first ? "" : ",", stack->texts[i],
			    fc_text_percent(number, r->shares[i]));
		first = false;
	}
	fc_str_addc(out, '.');
}
