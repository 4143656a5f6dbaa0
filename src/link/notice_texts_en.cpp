// The English words of every notice. Data only: what they mean and how they are rendered is in notice_text.hpp.
// Characters of the SMS texts stay within GSM 03.38, so that 153 of them fit a segment.
#include "link/notice_text.hpp"

namespace keepline::link {

namespace {

constexpr notice_words words[] = {
    // -- the line
    {"line_active", "Your line ending {{{number}}} is active",
     "The line ending {{{number}}} is active.{{#until}} Its validity runs until {{{until}}}.{{/until}}",
     R"(The line ending {{{number}}} is active.{{#until}} Without a top-up its validity ends on {{{until}}}.{{/until}}

{{#until}}* Valid until: {{{until}}}
{{/until}}* Line: {{{line}}})"},
    {"validity_reminder", "Keep the number ending {{{number}}}: its validity ends{{#until}} on {{{until}}}{{/until}}",
     "The validity of the line ending {{{number}}} ends{{#until}} on {{{until}}}{{/until}}{{#days}} (in {{{days}}} "
     "days){{/days}}. Top up{{#amount}} {{{amount}}}{{/amount}} before then to keep the number.",
     R"(The validity of the line ending {{{number}}} ends{{#until}} on {{{until}}}{{/until}}{{#days}} (in {{{days}}} days){{/days}}. Top up before then in your app, in a shop or by the hotline, and you keep the number.

{{#until}}* Valid until: {{{until}}}
{{/until}}{{#amount}}* Smallest top-up: {{{amount}}}
{{/amount}}* Line: {{{line}}})"},
    {"grace", "The validity of the line ending {{{number}}} has ended: you can still keep it",
     "The validity of the line ending {{{number}}} has ended. Top up{{#until}} by {{{until}}}{{/until}} to keep the "
     "number.",
     R"(The validity of the line ending {{{number}}} has ended. Nothing is lost yet: top up{{#until}} by {{{until}}}{{/until}} and the line goes on as before.

{{#until}}* Last day to top up: {{{until}}}
{{/until}}* Line: {{{line}}})"},
    {"suspended", "The line ending {{{number}}} is suspended",
     "The line ending {{{number}}} is suspended.{{#until}} The number stays yours until {{{until}}}; top up to use it "
     "again.{{/until}}",
     R"(The line ending {{{number}}} is suspended because its validity has ended.{{#until}} The number stays yours until {{{until}}}.{{/until}} Top up and it works again.

{{#until}}* Number kept until: {{{until}}}
{{/until}}* Line: {{{line}}})"},
    {"line_ended", "The line ending {{{number}}} has ended",
     "The line ending {{{number}}} has ended.{{#reclaim_until}} You can take the number back until "
     "{{{reclaim_until}}}.{{/reclaim_until}}",
     R"(The line ending {{{number}}} has ended.{{#reason}} The reason: {{{reason}}}.{{/reason}}{{#reclaim_until}} You can take the number back until {{{reclaim_until}}}.{{/reclaim_until}}

{{#at}}* Ended: {{{at}}}
{{/at}}{{#reclaim_until}}* Can be taken back until: {{{reclaim_until}}}
{{/reclaim_until}}* Line: {{{line}}})"},
    {"reinstated", "The line ending {{{number}}} is yours again",
     "The line ending {{{number}}} is in service again.{{#until}} Valid until {{{until}}}.{{/until}} {{{not_you}}}",
     R"(The line ending {{{number}}} has been taken back by its owner and is in service again.

{{{not_you}}}

{{#until}}* Valid until: {{{until}}}
{{/until}}* Line: {{{line}}})"},
    // -- its safety
    {"device_locked", "The line ending {{{number}}} is locked",
     "The line ending {{{number}}} is locked: a device was declared lost. It stays locked until you prove who you are. "
     "{{{not_you}}}",
     R"(A device of the line ending {{{number}}} was declared lost, and the line was locked at once. Nobody can use, move or close it with that device. It is unlocked when you prove who you are.

{{{not_you}}}

* Line: {{{line}}})"},
    {"device_found", "The line ending {{{number}}} is unlocked",
     "The line ending {{{number}}} is unlocked: the lost device was declared found. {{{not_you}}}",
     R"(The device of the line ending {{{number}}} was declared found, and the line is unlocked.

{{{not_you}}}

* Line: {{{line}}})"},
    {"sim_changed", "The SIM of the line ending {{{number}}} was changed",
     "The SIM profile of the line ending {{{number}}} was changed. {{{not_you}}}",
     R"(The line ending {{{number}}} is now used with another SIM profile or device.

{{{not_you}}}

{{#at}}* Changed: {{{at}}}
{{/at}}* Line: {{{line}}})"},
    {"profile_ready", "An eSIM for the line ending {{{number}}} is ready",
     "An eSIM for the line ending {{{number}}} is ready to be installed. {{{not_you}}}",
     R"(An eSIM profile for the line ending {{{number}}} is ready to be installed on a device. You find its activation code where you ordered it.

{{{not_you}}}

* Line: {{{line}}})"},
    {"device_added", "A device was added to the line ending {{{number}}}",
     "An eSIM of the line ending {{{number}}} was installed on another device. {{{not_you}}}",
     R"(An eSIM profile of the line ending {{{number}}} was installed on another device. The number stays where it is until that profile is switched on.

{{{not_you}}}

{{#at}}* Installed: {{{at}}}
{{/at}}* Line: {{{line}}})"},
    {"switched", "The line ending {{{number}}} moved to another device",
     "The line ending {{{number}}} moved to another device.{{#hours}} It can be undone for {{{hours}}} "
     "hours.{{/hours}} "
     "{{{not_you}}}",
     R"(The line ending {{{number}}} is now used on another device, and no longer on the one before. Please delete the eSIM profile there.{{#hours}} The move can be undone for {{{hours}}} hours.{{/hours}}

{{{not_you}}}

{{#at}}* Moved: {{{at}}}
{{/at}}* Line: {{{line}}})"},
    {"switch_undone", "The line ending {{{number}}} is back on its device",
     "The line ending {{{number}}} is back on the device it was on before. {{{not_you}}}",
     R"(The move of the line ending {{{number}}} to another device was undone. The line is back on the device before; the other device can no longer use it.

{{{not_you}}}

{{#at}}* Undone: {{{at}}}
{{/at}}* Line: {{{line}}})"},
    {"contacts_changed", "The contact points of the line ending {{{number}}} were changed",
     "The contact points of the line ending {{{number}}} were changed. "
     "{{{not_you}}}",
     R"(The contact points of the line ending {{{number}}} were changed. New and previous contact points are both told of everything that matters for a while.

{{{not_you}}}

{{#at}}* Changed: {{{at}}}
{{/at}}* Line: {{{line}}})"},
    {"refund_account_changed", "The refund account of the line ending {{{number}}} was changed",
     "The account for refunds of the line ending {{{number}}} was changed{{#account}} to the one ending "
     "{{{account}}}{{/account}}{{#account_before}} (before: {{{account_before}}}){{/account_before}}. {{{not_you}}}",
     R"(The account to which refunds of the line ending {{{number}}} are paid was changed.

{{{not_you}}}

{{#account}}* New account ends in: {{{account}}}
{{/account}}{{#account_before}}* Account before ended in: {{{account_before}}}
{{/account_before}}* Line: {{{line}}})"},
    {"recovery_codes_changed", "The recovery codes of the line ending {{{number}}} were replaced",
     "The recovery codes of the line ending {{{number}}} were replaced; the old ones no longer count. {{{not_you}}}",
     R"(The recovery codes of the line ending {{{number}}} were replaced. The old ones no longer count.

{{{not_you}}}

* Line: {{{line}}})"},
    {"customer_unlock_announced", "Your lock on the line ending {{{number}}} comes off soon",
     "Somebody asked to take your lock on the line ending {{{number}}} off. It comes off{{#hours}} in {{{hours}}} "
     "hours{{/hours}} unless "
     "you lock it again. {{{not_you}}}",
     R"(Somebody asked to take your lock on the line ending {{{number}}} off, without further proof. It comes off{{#hours}} in {{{hours}}} hours{{/hours}}, unless you lock the line again in your app, in a shop or by the hotline.

{{{not_you}}}

{{#until}}* Locked until: {{{until}}}
{{/until}}* Line: {{{line}}})"},
    {"customer_locked", "Your lock on the line ending {{{number}}} is on",
     "The lock on the line ending {{{number}}} is on: it cannot be moved or closed. {{{not_you}}}",
     R"(The lock that you can put on the line ending {{{number}}} is on. The line works as usual, but cannot be moved or closed until the lock is lifted.

{{{not_you}}}

* Line: {{{line}}})"},
    {"customer_unlocked", "Your lock on the line ending {{{number}}} was lifted",
     "The lock on the line ending {{{number}}} was lifted: it can be moved or closed. {{{not_you}}}",
     R"(The lock on the line ending {{{number}}} was lifted. The line can now be moved or closed.

{{{not_you}}}

* Line: {{{line}}})"},
    // -- the closure, stage by stage
    {"receipt", "We have your application to close the line ending {{{number}}}",
     "We have your application to close the line ending {{{number}}}, case {{{case}}}.{{#due}} We decide by "
     "{{{due}}}{{#provisional}} (provisional){{/provisional}}.{{/due}} No more charges from now on. {{{not_you}}}",
     R"(We have received your application to close the line ending {{{number}}}. From this moment on the line costs nothing more.{{#due}} We decide by {{{due}}}.{{/due}}{{#provisional}} This date is provisional, because the official calendar for it is not published yet; we tell you if it moves.{{/provisional}}

You can withdraw the application from any of your contact points, as long as the network has not been told to end the line.{{#cooling_off_hours}} Nothing is closed within the next {{{cooling_off_hours}}} hours.{{/cooling_off_hours}}

{{{not_you}}}

* Case: {{{case}}}{{#due}}
* Decision by: {{{due}}}{{#provisional}} (provisional){{/provisional}}{{/due}})"},
    {"account_questioned", "Your closing application waits: another refund account was named",
     "Case {{{case}}}, line ending {{{number}}}: another refund account was named"
     "{{#account}} (ending {{{account}}}; before: {{{account_before}}}{{^account_before}}none{{/account_before}})"
     "{{/account}} after you applied. Two people of ours look at it first. {{{not_you}}}",
     R"(After the application to close the line ending {{{number}}} another account was named for the refund. Nothing is paid before two people of ours have looked at it.

{{{not_you}}}

{{#account}}* New account ends in: {{{account}}}
{{/account}}{{#account_before}}* Account before ended in: {{{account_before}}}
{{/account_before}}* Case: {{{case}}}{{#due}}
* Decision by: {{{due}}}{{#provisional}} (provisional){{/provisional}}{{/due}})"},
    {"due_moved", "Your closing application: the date of our decision has moved",
     "Case {{{case}}}, line ending {{{number}}}: we now decide{{#due}} by {{{due}}}{{#provisional}} "
     "(provisional){{/provisional}}{{/due}}{{^due}} on another day{{/due}}. The calendar was updated.",
     R"(The official calendar was updated, and with it the day by which we decide about closing the line ending {{{number}}}.

* Case: {{{case}}}{{#due}}
* Decision by: {{{due}}}{{#provisional}} (provisional){{/provisional}}{{/due}})"},
    {"information_wanted", "Your closing application needs something more from you",
     "Case {{{case}}}, line ending {{{number}}}: we need something more from "
     "you{{#what}}: {{{what}}}{{/what}}. The review waits for it.{{#until}} Until {{{until}}}.{{/until}}",
     R"(To decide about closing the line ending {{{number}}} we need something more from you. The review waits meanwhile; use your app, a shop or the hotline.

{{#what}}* Needed: {{{what}}}
{{/what}}{{#until}}* Until: {{{until}}}
{{/until}}* Case: {{{case}}})"},
    {"information_given", "Thank you: the review of your closing application goes on",
     "Case {{{case}}}, line ending {{{number}}}: thank you, the review goes on.{{#due}} We decide by "
     "{{{due}}}{{#provisional}} (provisional){{/provisional}}.{{/due}}",
     R"(Thank you. We have what we needed, and the review of your application to close the line ending {{{number}}} goes on.

* Case: {{{case}}}{{#due}}
* Decision by: {{{due}}}{{#provisional}} (provisional){{/provisional}}{{/due}})"},
    {"escalated", "We are late with your closing application",
     "Case {{{case}}}, line ending {{{number}}}: we are late and apologise. A supervisor now has your application. "
     "No charges meanwhile.",
     R"(We promised to decide about closing the line ending {{{number}}}{{#due}} by {{{due}}}{{/due}} and did not. We apologise. A supervisor now has your application. The line costs nothing meanwhile.

* Case: {{{case}}}{{#due}}
* Was due: {{{due}}}{{/due}})"},
    {"approved", "Your application to close the line ending {{{number}}} is approved",
     "Case {{{case}}}: closing the line ending {{{number}}} is approved.{{#until}} You can still withdraw until "
     "{{{until}}}.{{/until}} {{{not_you}}}",
     R"(Closing the line ending {{{number}}} is approved.{{#until}} You can still withdraw until {{{until}}}; then the profile is removed from your devices.{{/until}}

{{{not_you}}}

* Case: {{{case}}}{{#until}}
* Can be withdrawn until: {{{until}}}{{/until}})"},
    {"rejected", "Your application to close the line ending {{{number}}} was not approved",
     "Case {{{case}}}: closing the line ending {{{number}}} was not approved.{{#reason}} Reason: "
     "{{{reason}}}.{{/reason}} The line goes on.",
     R"(Your application to close the line ending {{{number}}} was not approved. The line goes on as before. You may apply again at any time.

{{#reason}}* Reason: {{{reason}}}
{{/reason}}* Case: {{{case}}})"},
    {"withdrawn", "Your application to close the line ending {{{number}}} is withdrawn",
     "Case {{{case}}}: the application to close the line ending {{{number}}} is withdrawn. The line goes on.",
     R"(The application to close the line ending {{{number}}} is withdrawn. The line goes on as before.

* Case: {{{case}}})"},
    {"expired", "Your application to close the line ending {{{number}}} has lapsed",
     "Case {{{case}}}: the application to close the line ending {{{number}}} was not finished in time and has lapsed. "
     "The line goes on.",
     R"(The application to close the line ending {{{number}}} was not finished in time and has lapsed. The line goes on as before. You may apply again at any time.

* Case: {{{case}}})"},
    {"repudiated", "Closing the line ending {{{number}}} is stopped",
     "Case {{{case}}}: a contact point of the line ending {{{number}}} says the application was not its owner's. "
     "Closing is stopped while we look into it.",
     R"(One of the contact points of the line ending {{{number}}} told us that the application to close it did not come from the owner. We have stopped it, and nothing happens to the line while we look into it.

* Case: {{{case}}})"},
    {"fraud_cleared", "Your application to close the line ending {{{number}}} is under review again",
     "Case {{{case}}}: our check is done, the application to close the line ending {{{number}}} is under review "
     "again.{{#due}} We decide by {{{due}}}{{#provisional}} (provisional){{/provisional}}.{{/due}} {{{not_you}}}",
     R"(We have looked into the objection against closing the line ending {{{number}}}. The application is under review again.

{{{not_you}}}

* Case: {{{case}}}{{#due}}
* Decision by: {{{due}}}{{#provisional}} (provisional){{/provisional}}{{/due}})"},
    {"unbinding", "Now delete the profile of the line ending {{{number}}} on your devices",
     "Case {{{case}}}: please delete the eSIM profile of the line ending {{{number}}} in the settings of every "
     "device.{{#until}} What is left on {{{until}}} is written off.{{/until}}",
     R"(The last step is yours: in the settings of every device that holds it, delete the eSIM profile of the line ending {{{number}}}. Save before what you still need: messages, and accounts that know you by this number.

A device that you no longer have can be declared lost.{{#until}} What still holds a profile on {{{until}}} is written off and cut in the network.{{/until}}

* Case: {{{case}}}{{#until}}
* Delete by: {{{until}}}{{/until}})"},
    {"closed", "The line ending {{{number}}} is closed",
     "The line ending {{{number}}} is closed{{#at}} since {{{at}}}{{/at}}, case {{{case}}}{{#certificate}}, "
     "certificate {{{certificate}}}{{/certificate}}.{{#reclaim_until}} You can take the number back until "
     "{{{reclaim_until}}}.{{/reclaim_until}}{{#amount}} Refund {{{amount}}}{{#due}} by "
     "{{{due}}}{{/due}}.{{/amount}}",
     R"(The line ending {{{number}}} is closed. It costs nothing any more, and the network no longer serves it. Your signed certificate can be fetched in your app and at every shop.{{#reclaim_until}} If you change your mind, you can take the number back until {{{reclaim_until}}}.{{/reclaim_until}}{{#quarantine_until}} It is given to nobody before {{{quarantine_until}}}.{{/quarantine_until}}

Banks and services may still know you by this number: give them your new one.

* Case: {{{case}}}{{#at}}
* Closed: {{{at}}}{{/at}}{{#certificate}}
* Certificate: {{{certificate}}}{{/certificate}}{{#amount}}
* Refund: {{{amount}}}{{/amount}}{{#due}}
* Refund due: {{{due}}}{{/due}}{{#reclaim_until}}
* Can be taken back until: {{{reclaim_until}}}{{/reclaim_until}}{{#quarantine_until}}
* Given to nobody before: {{{quarantine_until}}}{{/quarantine_until}})"},
    // -- the refund
    {"refund_ordered", "Your refund for the line ending {{{number}}} is on its way",
     "Case {{{case}}}: your refund{{#amount}} of {{{amount}}}{{/amount}} for the line ending {{{number}}} is "
     "ordered{{#due}} and due by {{{due}}}{{/due}}.",
     R"(What was left on the line ending {{{number}}} is being paid back to your account.

{{#amount}}* Amount: {{{amount}}}
{{/amount}}{{#due}}* Due: {{{due}}}
{{/due}}{{#reference}}* Reference: {{{reference}}}
{{/reference}}* Case: {{{case}}})"},
    {"refund_settled", "Your refund for the line ending {{{number}}} is paid",
     "Case {{{case}}}: your refund{{#amount}} of {{{amount}}}{{/amount}} for the line ending {{{number}}} is paid.",
     R"(The bank has paid the refund for the line ending {{{number}}} to your account.

{{#amount}}* Amount: {{{amount}}}
{{/amount}}{{#reference}}* Reference: {{{reference}}}
{{/reference}}* Case: {{{case}}})"},
    {"refund_returned", "Your refund for the line ending {{{number}}} came back",
     "Case {{{case}}}: the bank returned your refund{{#amount}} of {{{amount}}}{{/amount}}. Please check your refund "
     "account in your app, in a shop or by the hotline.",
     R"(The bank could not pay the refund for the line ending {{{number}}} and returned it. Nothing is lost: please check your refund account in your app, in a shop or by the hotline, and we pay again.

{{#amount}}* Amount: {{{amount}}}
{{/amount}}{{#reference}}* Reference: {{{reference}}}
{{/reference}}* Case: {{{case}}})"},
    // -- the one message that carries a code
    {"otp", "{{{code}}} is your code for closing the line ending {{{number}}}",
     "{{{code}}} is your code for closing the line ending {{{number}}}.{{#minutes}} It ends in {{{minutes}}} "
     "minutes.{{/minutes}} Nobody of ours will ever ask you for it. {{{not_you}}}",
     R"({{{code}}} is your code for the application to close the line ending {{{number}}}.{{#minutes}} It ends in {{{minutes}}} minutes.{{/minutes}} Nobody of ours will ever ask you for it, not by phone and not in writing.

{{{not_you}}}

* Code: {{{code}}}
* Case: {{{case}}})"},
    // -- and the one that shows who reads this address
    {"contact_code", "{{{code}}} confirms this contact point",
     "{{{code}}} is the code that confirms this contact point for a customer of ours.{{#minutes}} It ends in "
     "{{{minutes}}} "
     "minutes.{{/minutes}} Not expected? Then do nothing, and you will hear nothing more.",
     R"({{{code}}} is the code that confirms this contact point for a customer of ours.{{#minutes}} It ends in {{{minutes}}} minutes.{{/minutes}} Nobody of ours will ever ask you for it on the phone.

Not expected? Then do nothing, and you will hear nothing more.

* Code: {{{code}}})"},
};

constexpr notice_language_words english{
    .sms_frame = "{{{operator}}}: {{{sms}}}",
    .gathered =
        "{{#repeats}} This happened {{{repeats}}} more times since our last message.{{/repeats}}{{#quiet}} What "
        "more of this comes within {{{quiet}}} minutes we will tell you in one message.{{/quiet}}",
    .not_you =
        "Not you? Tell us at once{{#hotline}}: call {{{hotline}}}{{/hotline}}{{^hotline}} by the hotline or in "
        "a shop{{/hotline}}.",
    .footer =
        "You receive this because you are a contact point of this line. Our messages hold no links, and nobody "
        "of ours asks you for a code. {{{operator}}}{{#hotline}}, hotline {{{hotline}}}{{/hotline}}.",
    .kinds = words,
};

}  // namespace

const notice_language_words& english_notices() { return english; }

}  // namespace keepline::link
