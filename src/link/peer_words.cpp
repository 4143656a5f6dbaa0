#include "link/peer_words.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace keepline::link {

/// Apart: in a unity build these names would be everybody's.
namespace answers {

using enum concerns;

// clang-format off
constexpr std::array smpp_table{
    smpp_word{0x001, "ESME_RINVMSGLEN", "the message's length is not allowed", message, false},
    smpp_word{0x002, "ESME_RINVCMDLEN", "the PDU's length is not allowed", message, false},
    smpp_word{0x003, "ESME_RINVCMDID", "the command is not known", peer, true},
    smpp_word{0x004, "ESME_RINVBNDSTS", "not bound for this", peer, true},
    smpp_word{0x005, "ESME_RALYBND", "bound already", peer, true},
    smpp_word{0x006, "ESME_RINVPRTFLG", "the priority is not allowed", either, false},
    smpp_word{0x007, "ESME_RINVREGDLVFLG", "the wish for a receipt is not allowed", either, false},
    smpp_word{0x008, "ESME_RSYSERR", "system error", either, true},
    smpp_word{0x00a, "ESME_RINVSRCADR", "the sender's address is not allowed", either, false},
    smpp_word{0x00b, "ESME_RINVDSTADR", "the number is not valid", message, false},
    smpp_word{0x00c, "ESME_RINVMSGID", "the message's id is not known", message, false},
    smpp_word{0x00d, "ESME_RBINDFAIL", "the bind failed", peer, true},
    smpp_word{0x00e, "ESME_RINVPASWD", "the password is wrong", peer, true},
    smpp_word{0x00f, "ESME_RINVSYSID", "the system_id is not known", peer, true},
    smpp_word{0x011, "ESME_RCANCELFAIL", "the cancellation failed", message, false},
    smpp_word{0x013, "ESME_RREPLACEFAIL", "the replacement failed", message, false},
    smpp_word{0x014, "ESME_RMSGQFUL", "message queue full", either, true},
    smpp_word{0x015, "ESME_RINVSERTYP", "the service type is not allowed", either, false},
    smpp_word{0x033, "ESME_RINVNUMDESTS", "the count of destinations is not allowed", message, false},
    smpp_word{0x034, "ESME_RINVDLNAME", "the distribution list is not known", message, false},
    smpp_word{0x040, "ESME_RINVDESTFLAG", "the kind of destination is not allowed", message, false},
    smpp_word{0x042, "ESME_RINVSUBREP", "the wish to replace is not allowed", message, false},
    smpp_word{0x043, "ESME_RINVESMCLASS", "the esm_class is not allowed", either, false},
    smpp_word{0x044, "ESME_RCNTSUBDL", "the distribution list takes no messages", message, false},
    smpp_word{0x045, "ESME_RSUBMITFAIL", "the submit failed", either, true},
    smpp_word{0x048, "ESME_RINVSRCTON", "the sender's type of number is not allowed", either, false},
    smpp_word{0x049, "ESME_RINVSRCNPI", "the sender's numbering plan is not allowed", either, false},
    smpp_word{0x050, "ESME_RINVDSTTON", "the number's type is not allowed", either, false},
    smpp_word{0x051, "ESME_RINVDSTNPI", "the number's numbering plan is not allowed", either, false},
    smpp_word{0x053, "ESME_RINVSYSTYP", "the system_type is not allowed", peer, true},
    smpp_word{0x054, "ESME_RINVREPFLAG", "the replace flag is not allowed", message, false},
    smpp_word{0x055, "ESME_RINVNUMMSGS", "the count of messages is not allowed", message, false},
    smpp_word{0x058, "ESME_RTHROTTLED", "throttled", throttle, true},
    smpp_word{0x061, "ESME_RINVSCHED", "the time of delivery is not allowed", message, false},
    smpp_word{0x062, "ESME_RINVEXPIRY", "the validity is not allowed", message, false},
    smpp_word{0x063, "ESME_RINVDFTMSGID", "the canned message is not known", message, false},
    smpp_word{0x064, "ESME_RX_T_APPN", "a temporary error of the receiver", message, true},
    smpp_word{0x065, "ESME_RX_P_APPN", "a permanent error of the receiver", message, false},
    smpp_word{0x066, "ESME_RX_R_APPN", "rejected by the receiver", message, true},
    smpp_word{0x067, "ESME_RQUERYFAIL", "the query failed", message, false},
    smpp_word{0x0c0, "ESME_RINVTLVSTREAM", "the optional part of the PDU cannot be read", either, false},
    smpp_word{0x0c1, "ESME_RTLVNOTALLWD", "an optional parameter is not allowed", either, false},
    smpp_word{0x0c2, "ESME_RINVTLVLEN", "an optional parameter's length is not allowed", either, false},
    smpp_word{0x0c3, "ESME_RMISSINGTLV", "an optional parameter is missing", either, false},
    smpp_word{0x0c4, "ESME_RINVTLVVAL", "an optional parameter's value is not allowed", either, false},
    smpp_word{0x0fe, "ESME_RDELIVERYFAILURE", "the delivery failed", message, true},
    smpp_word{0x0ff, "ESME_RUNKNOWNERR", "unknown error", either, true},
    smpp_word{0x100, "ESME_RSERTYPUNAUTH", "we may not use this service", peer, true},
    smpp_word{0x101, "ESME_RPROHIBITED", "prohibited for us", either, false},
    smpp_word{0x102, "ESME_RSERTYPUNAVAIL", "the service is not available", peer, true},
    smpp_word{0x103, "ESME_RSERTYPDENIED", "the service is denied", peer, true},
    smpp_word{0x104, "ESME_RINVDCS", "the coding is not allowed", message, false},
    smpp_word{0x105, "ESME_RINVSRCADDRSUBUNIT", "the sender's subunit is not allowed", either, false},
    smpp_word{0x106, "ESME_RINVDSTADDRSUBUNIT", "the number's subunit is not allowed", message, false},
    smpp_word{0x107, "ESME_RINVBCASTFREQINT", "the broadcast's interval is not allowed", message, false},
    smpp_word{0x108, "ESME_RINVBCASTALIAS_NAME", "the broadcast's alias is not allowed", message, false},
    smpp_word{0x109, "ESME_RINVBCASTAREAFMT", "the broadcast's area cannot be read", message, false},
    smpp_word{0x10a, "ESME_RINVNUMBCAST_AREAS", "the count of broadcast areas is not allowed", message, false},
    smpp_word{0x10b, "ESME_RINVBCASTCNTTYPE", "the broadcast's content is not allowed", message, false},
    smpp_word{0x10c, "ESME_RINVBCASTMSGCLASS", "the broadcast's class is not allowed", message, false},
    smpp_word{0x10d, "ESME_RBCASTFAIL", "the broadcast failed", message, false},
    smpp_word{0x10e, "ESME_RBCASTQUERYFAIL", "the query of a broadcast failed", message, false},
    smpp_word{0x10f, "ESME_RBCASTCANCELFAIL", "the cancellation of a broadcast failed", message, false},
    smpp_word{0x110, "ESME_RINVBCAST_REP", "the broadcast's repetition is not allowed", message, false},
    smpp_word{0x111, "ESME_RINVBCASTSRVGRP", "the broadcast's service group is not allowed", message, false},
    smpp_word{0x112, "ESME_RINVBCASTCHANIND", "the broadcast's channel is not allowed", message, false},
};

constexpr std::array smtp_table{
    // The reply's number says that the session is over or cannot be had, whatever stands behind it.
    smtp_word{421, -1, -1, "the server closes the session", peer},
    smtp_word{521, -1, -1, "the server takes no mail", peer},
    smtp_word{454, -1, -1, "TLS or the login cannot be had now", peer},
    smtp_word{530, -1, -1, "a login or TLS is wanted", peer},
    smtp_word{534, -1, -1, "this way of logging in is too weak", peer},
    smtp_word{535, -1, -1, "the login is refused", peer},
    smtp_word{538, -1, -1, "the login wants TLS", peer},
    // RFC 3463 §3: by the enhanced status code.
    smtp_word{0, 1, 7, "our sender's address is not allowed", peer},
    smtp_word{0, 1, 8, "our sender's domain is not allowed", peer},
    smtp_word{0, 1, -1, "the address is not good", message},
    smtp_word{0, 2, 1, "the mailbox takes no mail now", message},
    smtp_word{0, 2, 2, "the mailbox is full", message},
    smtp_word{0, 2, 3, "the message is too long for the mailbox", message},
    smtp_word{0, 2, -1, "the mailbox does not take it", message},
    smtp_word{0, 3, 1, "the mail system is full", peer},
    smtp_word{0, 3, 2, "the mail system takes no mail now", peer},
    smtp_word{0, 3, 5, "the mail system is not set up for it", peer},
    smtp_word{0, 3, 0, "the mail system is in trouble", either},
    smtp_word{0, 3, -1, "the mail system cannot take this message", message},
    smtp_word{0, 4, 5, "the mail system is congested", throttle},
    smtp_word{0, 4, -1, "no way to the mailbox", message},
    smtp_word{0, 5, 3, "too many recipients for now", throttle},
    smtp_word{0, 5, -1, "a fault in the dialogue", either},
    smtp_word{0, 6, -1, "the content cannot be taken", message},
    smtp_word{0, 7, 28, "too much mail for now", throttle},
    smtp_word{0, 7, -1, "not allowed by a rule of the server", either},
    // RFC 5321 §4.2.3: by the reply's number alone.
    smtp_word{450, -1, -1, "the mailbox is not available now", message},
    smtp_word{451, -1, -1, "an error while it was worked on", either},
    smtp_word{452, -1, -1, "not enough room", either},
    smtp_word{455, -1, -1, "parameters that it cannot take now", either},
    smtp_word{500, -1, -1, "a command that it does not know", either},
    smtp_word{501, -1, -1, "parameters that it does not know", either},
    smtp_word{502, -1, -1, "a command that it does not have", either},
    smtp_word{503, -1, -1, "a command out of order", either},
    smtp_word{504, -1, -1, "a parameter that it does not have", either},
    smtp_word{550, -1, -1, "the mailbox is not available", either},
    smtp_word{551, -1, -1, "the mailbox is elsewhere", message},
    smtp_word{552, -1, -1, "the mailbox has no room", message},
    smtp_word{553, -1, -1, "the mailbox's name is not allowed", either},
    smtp_word{554, -1, -1, "refused", either},
    smtp_word{555, -1, -1, "parameters that it does not take", either},
    smtp_word{556, -1, -1, "the domain takes no mail", message},
    smtp_word{0, -1, -1, "refused", either},
};
// clang-format on

static_assert(std::ranges::is_sorted(smpp_table, {}, &smpp_word::status));

static std::string printed(const char* form, auto... values) {
    std::array<char, 32> out{};
    std::snprintf(out.data(), out.size(), form, values...);
    return out.data();
}

static const smpp_word* find_word(std::uint32_t status) {
    const auto found = std::ranges::lower_bound(smpp_table, status, {}, &smpp_word::status);
    return found == smpp_table.end() || found->status != status ? nullptr : &*found;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Up to three digits at the front, taken away; -1: none.
static int take_number(std::string_view& from) {
    int out = -1;
    for (int i = 0; i < 3 && !from.empty() && is_digit(from.front()); ++i) {
        out = (out < 0 ? 0 : out * 10) + (from.front() - '0');
        from.remove_prefix(1);
    }
    return out;
}

static bool fits(const smtp_word& word, const smtp_reply& reply) {
    return (word.code == 0 || word.code == reply.code) && (word.subject < 0 || word.subject == reply.subject) &&
           (word.detail < 0 || word.detail == reply.detail);
}

}  // namespace answers

std::span<const smpp_word> smpp_words() { return answers::smpp_table; }
std::span<const smtp_word> smtp_words() { return answers::smtp_table; }

std::string smpp_status_words(std::uint32_t status) {
    const auto number = answers::printed("0x%08x", static_cast<unsigned>(status));
    if (const auto* word = answers::find_word(status))
        return number + " (" + std::string(word->name) + "): " + std::string(word->words);
    const bool vendor = status >= 0x400 && status <= 0x4ff;  // §5.1.3
    return number + (vendor ? ": an error of its vendor's own" : ": an error that SMPP does not know");
}

peer_answer smpp_answer(std::uint32_t status) {
    const auto* word = answers::find_word(status);
    peer_answer out;
    out.whom = word == nullptr ? concerns::either : word->whom;
    out.again = word != nullptr && word->again;
    out.words = "The SMSC answered " + smpp_status_words(status) + ".";
    return out;
}

smtp_reply parse_smtp_reply(std::string_view line) {
    smtp_reply out;
    if (line.size() < 3 || !std::ranges::all_of(line.substr(0, 3), answers::is_digit)) return out;
    out.code = answers::take_number(line);
    if (line.empty() || (line.front() != ' ' && line.front() != '-')) return out;
    line.remove_prefix(1);
    const auto kind = answers::take_number(line);  // §2: "class.subject.detail", the class as the reply's first digit
    if (kind != out.code / 100 || line.empty() || line.front() != '.') return out;
    line.remove_prefix(1);
    const auto subject = answers::take_number(line);
    if (subject < 0 || line.empty() || line.front() != '.') return out;
    line.remove_prefix(1);
    const auto detail = answers::take_number(line);
    if (detail < 0) return out;
    out.subject = subject;
    out.detail = detail;
    return out;
}

peer_answer smtp_answer(const smtp_reply& reply, smtp_stage at) {
    const auto& word =
        *std::ranges::find_if(answers::smtp_table, [&](const smtp_word& one) { return answers::fits(one, reply); });
    peer_answer out;
    out.whom = word.whom;
    if (at == smtp_stage::session && out.whom != concerns::throttle) out.whom = concerns::peer;
    if (at == smtp_stage::sender && out.whom == concerns::message) out.whom = concerns::either;
    out.again = reply.code < 500;
    out.words = "The mail server answered " + std::to_string(reply.code);
    if (reply.subject >= 0) out.words += answers::printed(" %d.%d.%d", reply.code / 100, reply.subject, reply.detail);
    out.words += ": " + std::string(word.words) + ".";
    return out;
}

}  // namespace keepline::link
