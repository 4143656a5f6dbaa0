// Local profile management, and the notifications (SGP.22 v2.5 §3.2, §3.5). Downloads are in lpa_download.cpp.
#include "phone/lpa.hpp"

#include "phone/card_memory.hpp"

#include <algorithm>

namespace keepline::phone {

namespace {

// The results of Enable, Disable, Delete, SetNickname and eUICCMemoryReset.
std::string words_for_result(std::uint64_t result, std::string_view what) {
    switch (result) {
        case 1: return what == "reset" ? "There is nothing to delete." : "There is no such profile on this phone.";
        case 2:
            return what == "disable"  ? "The profile is not enabled."
                   : what == "enable" ? "The profile is enabled already."
                                      : "Disable the profile first.";
        case 3: return "The profile's policy rules do not allow to " + std::string(what) + " it.";
        default: return "The eUICC refused (result " + std::to_string(result) + ").";
    }
}

base::result<bytes> choice_of(std::string_view which) {
    const bool digits = std::ranges::all_of(which, [](char c) { return c >= '0' && c <= '9'; });
    if (digits && which.size() >= 18 && which.size() <= 20) return make(0x5A, iccid_swapped(which));
    const auto aid = base::from_hex(which);
    if (!aid || aid->size() != 16) return base::refuse(base::code::invalid, "Name a profile by its ICCID or its AID.");
    return make(0x4F, *aid);
}

profile_row row_of(byte_view info) {
    profile_row row;
    for (const auto& one : elements(info).value_or(std::vector<tlv>{})) {
        switch (one.tag) {
            case 0x5A: row.iccid = iccid_from_swapped(one.value).value_or(""); break;
            case 0x4F: row.aid = base::hex(one.value); break;
            case 0x9F70: row.enabled = unsigned_value(one.value) == 1; break;
            case 0x90: row.nickname = base::text(one.value); break;
            case 0x91: row.provider = base::text(one.value); break;
            case 0x92: row.name = base::text(one.value); break;
            case 0x95: row.profile_class = static_cast<int>(unsigned_value(one.value).value_or(2)); break;
            case 0x99: row.ppr1 = bit(one.value, 1), row.ppr2 = bit(one.value, 2); break;
            default: break;
        }
    }
    return row;
}

std::optional<pending_notification> read_notification_metadata(byte_view value) {
    tlv_reader in(value);
    const auto number = in.take(0x80);
    const auto event = in.take(0x81);
    const auto address = in.take(0x0C);
    const auto iccid = in.take(0x5A);
    if (!number || !event || !address) return std::nullopt;
    pending_notification out{unsigned_value(number->value).value_or(0), 0, std::string(base::text(address->value)),
                             iccid ? iccid_from_swapped(iccid->value).value_or("") : ""};
    while (out.event < 4 && !bit(event->value, out.event)) ++out.event;
    return out;
}

}  // namespace

base::result<bytes> lpa::ask(byte_view command, std::uint32_t answer_tag) {
    const auto answer = card_.command(command);
    if (answer.status != 0x9000) {
        const bytes word{static_cast<std::uint8_t>(answer.status >> 8), static_cast<std::uint8_t>(answer.status)};
        return base::refuse(base::code::peer_refused, "The eUICC answered " + base::hex(word) + ".",
                            {{"status_word", base::hex(word)}});
    }
    const auto element = only(answer.data, answer_tag);
    if (!element) return garbled("The eUICC's answer makes no sense.");
    return bytes(element->value.begin(), element->value.end());
}

base::result<std::vector<profile_row>> lpa::profiles() {
    const bytes tags{0x5A, 0x4F, 0x9F, 0x70, 0x90, 0x91, 0x92, 0x95, 0x99};
    TRY(value, ask(make(0xBF2D, make(0x5C, tags)), 0xBF2D));
    const auto list = only(value, 0xA0);
    if (!list) return garbled("The eUICC did not list its profiles.");
    std::vector<profile_row> rows;
    for (const auto& one : elements(list->value).value_or(std::vector<tlv>{})) rows.push_back(row_of(one.value));
    return rows;
}

base::result<void> lpa::act(std::uint32_t tag, byte_view choice, bool wrapped, bool refresh, std::string_view what) {
    const bytes flag{static_cast<std::uint8_t>(refresh ? 0xFF : 0x00)};
    const auto request = wrapped ? make(tag, {make(0xA0, choice), make(0x81, flag)}) : make(tag, choice);
    TRY(value, ask(request, tag));
    const auto result = only(value, 0x80);
    const auto number = result ? unsigned_value(result->value) : std::nullopt;
    if (!number) return garbled("The eUICC's answer makes no sense.");
    if (*number == 0) return {};
    const auto what_it_is = *number == 1 ? base::code::profile_unknown : base::code::blocked;
    return base::refuse(what_it_is, words_for_result(*number, what), {{"result", std::to_string(*number)}});
}

base::result<void> lpa::enable(std::string_view which, bool refresh) {
    TRY(choice, choice_of(which));
    return act(0xBF31, choice, true, refresh, "enable");
}
base::result<void> lpa::disable(std::string_view which, bool refresh) {
    TRY(choice, choice_of(which));
    return act(0xBF32, choice, true, refresh, "disable");
}
base::result<void> lpa::remove(std::string_view which) {
    TRY(choice, choice_of(which));
    return act(0xBF33, choice, false, false, "delete");
}
base::result<void> lpa::nickname(std::string_view iccid, std::string_view name) {
    TRY(choice, choice_of(iccid));
    return act(0xBF29, joined({choice, make(0x90, name)}), false, false, "rename");
}
base::result<void> lpa::reset(bool operational, bool test, bool address) {
    bytes bits{5, 0};
    bits[1] = static_cast<std::uint8_t>((operational ? 0x80 : 0) | (test ? 0x40 : 0) | (address ? 0x20 : 0));
    return act(0xBF34, make(0x82, bits), false, false, "reset");
}

base::result<std::string> lpa::eid() {
    const bytes tag{0x5A};
    TRY(value, ask(make(0xBF3E, make(0x5C, tag)), 0xBF3E));
    const auto found = only(value, 0x5A);
    if (!found || found->value.size() != 16) return garbled("The eUICC has no EID.");
    return base::hex(found->value);
}

base::result<bytes> lpa::info(int which) {
    const std::uint32_t tag = which == 1 ? 0xBF20 : 0xBF22;
    TRY(value, ask(make(tag, bytes{}), tag));
    return make(tag, value);
}

base::result<std::string> lpa::default_smdp() {
    TRY(value, ask(make(0xBF3C, bytes{}), 0xBF3C));
    const auto found = find(value, 0x80);
    return found ? std::string(base::text(found->value)) : std::string();
}
base::result<std::string> lpa::root_smds() {
    TRY(value, ask(make(0xBF3C, bytes{}), 0xBF3C));
    const auto found = find(value, 0x81);
    return found ? std::string(base::text(found->value)) : std::string();
}
base::result<void> lpa::set_default_smdp(std::string_view address) {
    return act(0xBF3F, make(0x80, address), false, false, "set the address of");
}

base::result<std::vector<pending_notification>> lpa::notifications() {
    TRY(value, ask(make(0xBF28, bytes{}), 0xBF28));
    const auto list = only(value, 0xA0);
    if (!list) return garbled("The eUICC did not list its notifications.");
    std::vector<pending_notification> all;
    for (const auto& one : elements(list->value).value_or(std::vector<tlv>{}))
        if (auto read = read_notification_metadata(one.value)) all.push_back(std::move(*read));
    return all;
}

base::result<bytes> lpa::notification(std::uint64_t sequence) {
    TRY(value, ask(make(0xBF2B, make(0xA0, make_unsigned(0x80, sequence))), 0xBF2B));
    const auto list = only(value, 0xA0);
    if (!list || list->value.empty())
        return base::refuse(base::code::not_found, "The eUICC has no notification " + std::to_string(sequence) + ".");
    return bytes(list->value.begin(), list->value.end());
}

base::result<void> lpa::remove_notification(std::uint64_t sequence) {
    TRY(value, ask(make(0xBF30, make_unsigned(0x80, sequence)), 0xBF30));
    const auto result = only(value, 0x80);
    if (!result || unsigned_value(result->value) != 0)
        return base::refuse(base::code::not_found, "The eUICC has no notification " + std::to_string(sequence) + ".");
    return {};
}

base::result<int> lpa::send_notifications(std::optional<std::uint64_t> only_this, bool keep) {
    TRY(all, notifications());
    if (only_this) std::erase_if(all, [&](const auto& one) { return one.sequence != *only_this; });
    if (only_this && all.empty())
        return base::refuse(base::code::not_found, "The eUICC has no notification " + std::to_string(*only_this) + ".");
    if (wrong_.has(misbehaviour::notify_reversed)) std::ranges::reverse(all);
    int sent = 0;
    std::optional<base::error> failure;
    for (const auto& one : all) {
        TRY(pending, notification(one.sequence));
        if (wrong_.has(misbehaviour::truncated_notification)) pending.resize(pending.size() - 7);
        if (wrong_.has(misbehaviour::notify_garbage)) pending = random_bytes(200);
        if (wrong_.has(misbehaviour::later_notification)) pending = make(0xA1, pending);
        auto done = server_.notify(one.address, pending);
        if (done && wrong_.has(misbehaviour::notify_twice)) done = server_.notify(one.address, pending);
        if (!done) {
            if (!failure) failure = std::move(done).error();
            continue;  // the others may belong to other servers
        }
        ++sent;
        if (keep || wrong_.has(misbehaviour::keep_notifications)) continue;
        CHECK(remove_notification(one.sequence));
    }
    if (sent == 0 && failure) return std::unexpected(std::move(*failure));
    return sent;
}

}  // namespace keepline::phone
