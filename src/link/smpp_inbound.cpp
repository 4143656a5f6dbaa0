#include "link/smpp_inbound.hpp"

#include "base/digest.hpp"
#include "link/sms_text.hpp"

#include <algorithm>

namespace keepline::link {

namespace {

constexpr std::int64_t an_hour_ms = 3'600'000;
constexpr std::int64_t a_day_ms = 24 * an_hour_ms;
constexpr std::int64_t bucket_ms = 600'000;  // an id is the same within it, also after a restart
constexpr std::size_t gatherings_max = 2'000;
constexpr std::size_t sender_gatherings_max = 8;  // nobody types that many long texts at once
constexpr int parts_max = 255;                    // its number is one octet, in every header
constexpr std::size_t seen_max = 20'000;
constexpr std::size_t senders_max = 50'000;
constexpr std::string_view missing_parts = "[…]";

const smpp_tlv* parameter_of(const smpp_message& in, std::uint16_t tag) {
    const auto found = std::ranges::find(in.extra, tag, &smpp_tlv::tag);
    return found == in.extra.end() ? nullptr : &*found;
}

std::optional<int> number_in(const smpp_message& in, std::uint16_t tag) {
    const auto* tlv = parameter_of(in, tag);
    if (tlv == nullptr || tlv->value.empty() || tlv->value.size() > 2) return std::nullopt;
    int out = 0;
    for (const auto one : tlv->value) out = out << 8 | one;
    return out;
}

bool is_sound(const part_of& part) {
    return part.count >= 1 && part.count <= parts_max && part.number >= 1 && part.number <= part.count;
}

enum class inbound_alphabet { text_7, octets, ucs_2, ascii, latin_1 };

/// SMPP 3.4 §5.2.19 for its own values, 3GPP TS 23.038 §4 for the rest.
inbound_alphabet alphabet_of(std::uint8_t coding) {
    switch (coding) {
        case 0: return inbound_alphabet::text_7;
        case 1: return inbound_alphabet::ascii;
        case 3: return inbound_alphabet::latin_1;
        case 8: return inbound_alphabet::ucs_2;
        default: break;
    }
    if (coding < 0x10) return inbound_alphabet::octets;
    if ((coding & 0xf0) == 0xf0) return (coding & 0x04) != 0 ? inbound_alphabet::octets : inbound_alphabet::text_7;
    if ((coding & 0xf0) == 0xe0) return inbound_alphabet::ucs_2;
    if ((coding & 0xc0) == 0xc0) return inbound_alphabet::text_7;
    if ((coding & 0x80) != 0) return inbound_alphabet::octets;
    switch (coding & 0x0c) {
        case 0x00: return inbound_alphabet::text_7;
        case 0x08: return inbound_alphabet::ucs_2;
        default: return inbound_alphabet::octets;
    }
}

bool is_text(std::string_view text) { return text.find_first_not_of(" \r\n\t") != std::string_view::npos; }

/// What marks this message among others with the same words: the network's own references.
std::string marks_of(const smpp_message& in) {
    std::string out;
    for (const std::uint16_t tag : {tlv_user_message_reference, tlv_receipted_message_id})
        if (const auto* tlv = parameter_of(in, tag)) out += base::hex(tlv->value) + "/";
    return out;
}

}  // namespace

std::optional<std::string> inbound_text(std::uint8_t coding, base::byte_view octets, smsc_alphabet by_default) {
    switch (alphabet_of(coding)) {
        case inbound_alphabet::text_7:
            switch (by_default) {
                case smsc_alphabet::gsm: return gsm_text(octets);
                case smsc_alphabet::latin_1: return latin_1_text(octets);
                case smsc_alphabet::ascii:
                case smsc_alphabet::utf_8: return utf_8_text(base::text(octets));
            }
            return std::nullopt;
        case inbound_alphabet::ascii: return utf_8_text(base::text(octets));
        case inbound_alphabet::latin_1: return latin_1_text(octets);
        case inbound_alphabet::ucs_2: return ucs_2_text(octets);
        case inbound_alphabet::octets: break;
    }
    return std::nullopt;
}

std::optional<part_of> take_header(const smpp_message& in, base::bytes& octets) {
    part_of out;
    if ((in.esm_class & esm_has_header) == 0) {
        const auto reference = number_in(in, tlv_sar_reference);
        const auto count = number_in(in, tlv_sar_total);
        const auto number = number_in(in, tlv_sar_number);
        if (reference && count && number) out = {*reference, *count, *number};
        return is_sound(out) ? std::optional(out) : std::nullopt;
    }
    if (octets.empty() || octets[0] >= octets.size()) return std::nullopt;
    const std::size_t end = std::size_t{1} + octets[0];
    for (std::size_t at = 1; at < end;) {  // 3GPP TS 23.040 §9.2.3.24
        if (at + 2 > end || at + 2 + octets[at + 1] > end) return std::nullopt;
        const auto* value = octets.data() + at + 2;
        const auto length = octets[at + 1];
        if (octets[at] == 0x00 && length == 3) out = {value[0], value[1], value[2]};
        if (octets[at] == 0x08 && length == 4) out = {value[0] << 8 | value[1], value[2], value[3]};
        if (octets[at] == 0x04 || octets[at] == 0x05) return std::nullopt;  // application ports
        at += std::size_t{2} + length;
    }
    octets.erase(octets.begin(), octets.begin() + static_cast<std::ptrdiff_t>(end));
    return is_sound(out) ? std::optional(out) : std::nullopt;
}

std::optional<base::msisdn> sender_of(const smpp_address& from, std::string_view country_code) {
    constexpr std::uint8_t international = 1;
    constexpr std::uint8_t national = 2;
    std::string_view digits = from.digits;
    const bool plus = digits.starts_with('+');
    if (plus) digits.remove_prefix(1);
    if (digits.empty() || !std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; }))
        return std::nullopt;
    if (digits.starts_with("00")) {
        digits.remove_prefix(2);
    } else if (!plus && from.ton != international) {
        const bool at_home = from.ton == national || digits.starts_with('0') ||
                             (!country_code.empty() && !digits.starts_with(country_code));
        if (at_home && country_code.empty()) return std::nullopt;
        if (at_home) {
            if (digits.starts_with('0')) digits.remove_prefix(1);
            auto parsed = base::msisdn::parse("+" + std::string(country_code) + std::string(digits));
            return parsed ? std::optional(*parsed) : std::nullopt;
        }
    }
    auto parsed = base::msisdn::parse("+" + std::string(digits));
    return parsed ? std::optional(*parsed) : std::nullopt;
}

bool inbound_texts::over_limit(const std::string& sender, base::instant now) {
    if (senders_.size() >= senders_max && !senders_.contains(sender))
        std::erase_if(senders_, [&](const auto& one) { return one.second.day != now.ms / a_day_ms; });
    if (senders_.size() >= senders_max && !senders_.contains(sender)) return true;
    auto& of = senders_[sender];
    if (of.hour != now.ms / an_hour_ms) of.in_hour = 0;
    if (of.day != now.ms / a_day_ms) of.in_day = 0;
    of.hour = now.ms / an_hour_ms;
    of.day = now.ms / a_day_ms;
    if (of.in_hour >= how_.per_sender_hour || of.in_day >= how_.per_sender_day) return true;
    ++of.in_hour;
    ++of.in_day;
    return false;
}

void inbound_texts::tidy(base::instant now) {
    if (now.ms - tidied_.ms < bucket_ms && seen_.size() < seen_max) return;
    tidied_ = now;
    std::erase_if(seen_, [&](const auto& one) { return now.ms - one.second.at.ms > 2 * bucket_ms; });
    if (seen_.size() >= seen_max) seen_.clear();
}

/// Whole now: a repeat, or handed over under its id.
inbound_texts::taken inbound_texts::whole(port::inbound_message message, std::string_view marks, base::instant now) {
    tidy(now);
    const auto said = base::hex(base::part_hasher()
                                    .add(base::byte_view(how_.secret))
                                    .add(std::string_view(message.from.text()))
                                    .add(std::string_view(message.to))
                                    .add(std::string_view(message.text))
                                    .add(marks)
                                    .finish());
    auto& sight = seen_[said];
    if (!sight.id.empty()) {
        const bool again = !marks.empty() || now.ms - sight.at.ms < how_.repeat_within.count();
        if (again && sight.done) return {fate::repeat, {}};
        if (again) return {fate::under_way, {}};
    }
    const bool counted = !(how_.always_read && how_.always_read(message.text));
    if (counted && over_limit(message.from.text(), now)) {
        if (sight.id.empty()) seen_.erase(said);
        return {fate::over_limit, {}};
    }
    const auto times = sight.id.empty() || sight.at.ms / bucket_ms != now.ms / bucket_ms ? 0 : sight.times + 1;
    const auto id = base::hex(base::part_hasher()
                                  .add(base::byte_view(how_.secret))
                                  .add(std::string_view(said))
                                  .add(std::string_view(std::to_string(now.ms / bucket_ms)))
                                  .add(std::string_view(std::to_string(times)))
                                  .finish());
    message.smsc_id = "mo-" + id.substr(0, 32);
    message.at = now;
    sight = {now, message.smsc_id, false, times, counted};
    return {fate::whole, std::move(message)};
}

/// For one more long message, if need be in the place of an older one: of the same sender, or of all.
bool inbound_texts::room_for(const std::string& key, const std::string& sender) {
    if (gatherings_.contains(key)) return true;
    const auto of_sender = sender + "/";
    std::size_t open = 0;
    auto oldest = gatherings_.end();
    for (auto it = gatherings_.lower_bound(of_sender); it != gatherings_.end() && it->first.starts_with(of_sender);
         ++it) {
        if (!it->second.id.empty()) continue;  // whole, and handed over
        ++open;
        if (oldest == gatherings_.end() || it->second.first_at < oldest->second.first_at) oldest = it;
    }
    if (open >= sender_gatherings_max) {
        gatherings_.erase(oldest);
        ++lost_;
    }
    return gatherings_.size() < gatherings_max;
}

inbound_texts::taken inbound_texts::take(const smpp_message& in, base::instant now) {
    const auto sender = sender_of(in.from, how_.country_code);
    if (!sender) return {};
    const auto* payload = parameter_of(in, tlv_message_payload);
    auto octets = in.text.empty() && payload != nullptr ? payload->value : in.text;
    const auto part = take_header(in, octets);
    if (!part) return {};
    auto text = inbound_text(in.data_coding, octets, how_.alphabet);
    if (!text) return {};
    if (part->count == 1) {
        if (!is_text(*text)) return {};
        return whole({*sender, in.to.digits, std::move(*text), now, {}, true}, marks_of(in), now);
    }
    const auto key =
        sender->text() + "/" + in.to.digits + "/" + std::to_string(part->reference) + "/" + std::to_string(part->count);
    if (!room_for(key, sender->text())) return {fate::over_limit, {}};
    auto& all = gatherings_[key];
    if (all.parts.empty()) all = {{}, part->count, in.to.digits, now, {}};
    all.parts.insert_or_assign(part->number, std::move(*text));
    if (static_cast<int>(all.parts.size()) < all.count) return {fate::part, {}};
    std::string together;
    for (const auto& [number, words] : all.parts) together += words;
    if (!is_text(together)) {
        gatherings_.erase(key);
        return {};
    }
    // The network's reference tells it from another one with the same words.
    auto out = whole({*sender, in.to.digits, std::move(together), now, {}, true}, key, now);
    if (out.what == fate::whole)
        all.id = out.message.smsc_id;  // kept until the sink has it: only the last part would come again
    else if (out.what != fate::under_way)
        gatherings_.erase(key);
    return out;
}

std::vector<port::inbound_message> inbound_texts::overdue(base::instant now) {
    std::vector<port::inbound_message> out;
    for (auto it = gatherings_.begin(); it != gatherings_.end();) {
        auto& [key, all] = *it;
        if (now.ms - all.first_at.ms < how_.parts_wait.count()) {
            ++it;
            continue;
        }
        if (all.id.empty()) {
            std::string together;
            for (int i = 1; i <= all.count; ++i) {
                const auto found = all.parts.find(i);
                if (found != all.parts.end())
                    together += found->second;
                else if (!together.ends_with(missing_parts))
                    together += missing_parts;
            }
            const auto sender = base::msisdn::parse(key.substr(0, key.find('/')));
            auto got = whole({*sender, all.to, std::move(together), now, {}, false}, key, now);
            if (got.what == fate::whole) out.push_back(std::move(got.message));
            if (got.what == fate::over_limit) ++lost_;
        }
        it = gatherings_.erase(it);
    }
    return out;
}

void inbound_texts::settled(const port::inbound_message& what, bool taken, base::instant now) {
    for (auto it = seen_.begin(); it != seen_.end(); ++it) {
        if (it->second.id != what.smsc_id) continue;
        if (taken) {
            it->second.done = true;
            it->second.at = now;
        } else {
            if (auto of = senders_.find(what.from.text()); it->second.counted && of != senders_.end()) {
                of->second.in_hour = std::max(0, of->second.in_hour - 1);
                of->second.in_day = std::max(0, of->second.in_day - 1);
            }
            seen_.erase(it);
        }
        break;
    }
    for (auto it = gatherings_.begin(); it != gatherings_.end(); ++it) {
        if (it->second.id != what.smsc_id) continue;
        if (taken)
            gatherings_.erase(it);
        else
            it->second.id.clear();
        return;
    }
}

}  // namespace keepline::link
