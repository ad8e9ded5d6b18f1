/* Every chart of the table into its five files. */
#include <stdlib.h>

#include "chart.h"
#include "flopclock/file.h"
#include "fonts.h"

struct output {
	const char *dir;
	const struct fc_chart *chart;
	const struct fc_study *study;
	const struct fc_style *style;
	struct fc_fonts *fonts;
	struct fc_canvas canvas;
	struct fc_str caption, alt;
};

static int write_text(struct output *o, struct fc_str *out, struct fc_error *err)
{
	(void)err;
	fc_str_addf(out, "%s\n\nCaption: %s\n\nAlternative text: %s\n\n", o->chart->row.title, o->caption.text,
		    o->alt.text);
	if (o->study->device)
		fc_str_addf(out, "Device: %s\n", o->study->device);
	if (o->study->setting)
		fc_str_addf(out, "Setting: %s\n", o->study->setting);
	fc_str_addf(out, "Style: %s, %g x %g pt, type %g pt %s; use it at this size\n", o->style->name,
		    o->canvas.width, o->canvas.height, o->style->type, fc_fonts_family(o->fonts, FC_FACE_SANS));
	return 0;
}

static int write_pdf(struct output *o, struct fc_str *out, struct fc_error *err)
{
	const struct fc_pdf pdf = { .title = o->chart->row.title, .date = o->study->date };

	return fc_pages_pdf(&o->canvas, 1, &pdf, o->fonts, out, err);
}

static int write_png(struct output *o, struct fc_str *out, struct fc_error *err)
{
	return fc_canvas_png(&o->canvas, o->chart->row.title, o->style->dpi, o->fonts, out, err);
}

static int write_svg(struct output *o, struct fc_str *out, struct fc_error *err)
{
	(void)err;
	fc_canvas_svg(&o->canvas, o->chart->row.id, o->chart->row.title, o->alt.text,
		      fc_fonts_family(o->fonts, FC_FACE_SANS), out);
	return 0;
}

static int write_json(struct output *o, struct fc_str *out, struct fc_error *err)
{
	(void)err;
	fc_canvas_json(&o->canvas, o->chart->row.id, out);
	return 0;
}

static const struct {
	const char *extension;
	int (*write)(struct output *o, struct fc_str *out, struct fc_error *err);
} formats[] = {
	{ "pdf", write_pdf },	{ "png", write_png },  { "svg", write_svg },
	{ "json", write_json }, { "txt", write_text },
};

static int write_figure(struct output *o, struct fc_error *err)
{
	struct fc_str path = { 0 }, data = { 0 };
	int rc = fc_chart_draw(o->chart, o->study, o->style, fc_fonts_metrics(o->fonts), &o->canvas, &o->caption,
			       &o->alt, err);

	for (size_t i = 0; rc == 0 && i < sizeof formats / sizeof *formats; i++) {
		fc_str_clear(&path);
		fc_str_clear(&data);
		fc_str_addf(&path, "%s/%s.%s", o->dir, o->chart->row.id, formats[i].extension);
		rc = formats[i].write(o, &data, err);
		if (rc == 0)
			rc = fc_file_write(path.text, data.text, data.length, err);
	}
	fc_str_release(&path);
	fc_str_release(&data);
	fc_str_release(&o->caption);
	fc_str_release(&o->alt);
	fc_canvas_release(&o->canvas);
	return rc;
}

int fc_draw_figures(const struct fc_study *study, const char *dir, const struct fc_style *style, struct fc_error *err)
{
	struct fc_fonts *fonts;
	int rc = 0;

	if (fc_fonts_open(style, &fonts, err))
		return -1;
	for (int i = 0; rc == 0 && fc_chart_at(i); i++) {
		struct output o = {
			.dir = dir, .chart = fc_chart_at(i), .study = study, .style = style, .fonts = fonts
		};

		if (o.chart->wanted(study))
			rc = write_figure(&o, err);
	}
	fc_fonts_close(fonts);
	return rc;
}
