"""The sentences that the code says, with the blanks that it fills.

`check` holds phrases.yaml against this list, so that an admin who misspells a blank hears of it
before anybody else does.
"""

from __future__ import annotations

from collections.abc import Mapping

_BLANKS = """
age_expired lead
age_superseded lead
age_unverified lead year
age_verified date
all_wanted
also_requires what
amount amount
amount_none
ask_again question
ask_whom ask
back
back_none
bad_number
basis issued place policy
because_no allowed given
because_no_none allowed
because_yes who
bureau_now now
bureau_unknown
button_back
button_edit slot
button_forget
button_help
button_me
button_more
button_more_for_me
button_none
button_others
button_restart
button_results
button_skip
button_start
button_text
button_updates
button_useful
button_useless
button_who
button_why
bye issued policy year
call hotline
card_get
card_quote
card_status
card_updates
card_who
card_why
change choice slot
changed what
clarify
condition allowed slot
conditions what
conditions_none
confused issued policy year
deadline date
deadline_none year
dropped what
edit_ask
elsewhere
english issued policy year
feedback
feedback_bad
forgotten
full_text place
grade_a
grade_b
greeting issued policy year
group_also
group_applies
group_maybe
group_none
group_not
group_not_head profile
group_not_head_none
group_wanted
hello issued policy year
help issued policy year
human issued policy year
intro
lead lead
lead_and_others lead others
lead_missing
line lead reason title
line_also what
line_because who
line_everyone
line_maybe missing title
line_not allowed titles
materials what
materials_none
may_skip
me_head
me_hint
me_line slot what
me_none
me_skipped
more_hint
more_updates
no_focus
none_fits
nontext issued policy year
noted what
noted_nobody
nothing issued policy year
nothing_open issued policy year
only_one
only_this
pick_many
presumed who
privacy issued policy year
question question
quote quote
refusal_applies title
refusal_fits title what
refusal_head topic
refusal_more count
refusal_not reason title
removed what
restarted
result_page
results_elsewhere
results_empty_profile
results_foot
results_head profile
results_head_none
several_clarify titles
several_foot
several_head count
several_item answer question
several_left questions
several_source lead place
signpost hotline line title
signpost_see
silent ask what
skipped
source_page
stale issued policy year
steps what
steps_none
support_exhausted lead
support_expired lead
support_suspended lead
sure quote
thanks issued policy year
that_all
topic_head topic
unknown
unstated ask what
update_fact say
update_rule date title
update_source grade source
update_until date
updates_head
updates_none ask
upset issued policy year
valid issued policy year
vanished_question
vanished_support
verdict_anyone
verdict_anyone_more
verdict_applies reason
verdict_fits reason
verdict_maybe missing
verdict_not reason
verdict_word_applies
verdict_word_maybe
verdict_word_not
welcome
what_if changes verdict
what_if_fits
who lead now
who_am_i issued policy year
who_ask title
who_local office
who_local_unstated place
who_others others
whom_also allowed who
whom_anyone
whom_no allowed who
whom_only allowed
whom_yes who
why_asked why
why_everyone
why_failed allowed given slot
why_failed_none allowed slot
why_head
why_met allowed given slot
why_open allowed slot
why_possible allowed given slot
"""

REQUIRED_PHRASES: Mapping[str, frozenset[str]] = {
    name: frozenset(blanks)
    for name, *blanks in (line.split() for line in _BLANKS.strip().splitlines())
}
