/* Columns of the study's tables in one line each. Further members (group, code) may follow in the braces. */
#ifndef REPORT_STUDY_COLUMNS_H
#define REPORT_STUDY_COLUMNS_H

#include "table.h"

#define WORDS(name_, header_) .name = name_, .header = header_

#define WHOLE(name_, header_) .name = name_, .header = header_, .align = FC_ALIGN_RIGHT, .format = FC_FORMAT_COUNT

/* `digits` behind the point of value * scale. */
#define FIXED(name_, header_, unit_, digits_, scale_)                                                                \
	.name = name_, .header = header_, .unit = unit_, .align = FC_ALIGN_RIGHT, .format = FC_FORMAT_FIXED,         \
	.digits = digits_, .scale = scale_

/* So many significant digits of value * scale. */
#define SIGNIFICANT(name_, header_, unit_, digits_, scale_)                                                          \
	.name = name_, .header = header_, .unit = unit_, .align = FC_ALIGN_RIGHT, .format = FC_FORMAT_SIGNIFICANT,   \
	.digits = digits_, .scale = scale_

#define PERCENT(name_, header_) FIXED(name_, header_, "%", 1, 100)

#endif
