/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLOUD_TASK_H
#define CLOUD_TASK_H

/* Another task has something for the one that owns Tern. */
void cloud_task_wake(void);

#endif
