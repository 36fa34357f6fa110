/* SPDX-License-Identifier: Apache-2.0 */
#include "file_in_image.h"
#include "source.h"

FILE_IN_IMAGE(root);

struct bytes source_root(void)
{
	return (struct bytes){ root, (size_t)(root_end - root) };
}
