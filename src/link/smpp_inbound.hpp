// What customers send, out of deliver_sm: decoded, put together from its parts, repeats recognised, and whoever sends
// too many held back. Holds what is on its way in memory only: the SMSC has been told of every part but the last. One
// thread at a time.
//
//   deliver_sm ─▶ take() ─▶ whole message ─▶ port::inbound_sink ─▶ settled() ─▶ acknowledged to the SMSC
//                       └─▶ a part, a repeat, too many, not a text: acknowledged at once
#pragma once

#include "base/time.hpp"
#include "link/smpp_pdu.hpp"
#include "port/inbound.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace keepline::link {

enum class smsc_alphabet { gsm, latin_1, ascii, utf_8 };  // what data_coding 0 means at this SMSC

struct inbound_settings {
    smsc_alphabet alphabet = smsc_alphabet::gsm;
    std::string country_code;  // "86": of senders that come as national numbers; empty: those cannot be read
    int per_sender_hour = 20;
    int per_sender_day = 60;
    base::duration parts_wait = base::minutes{10};  // for the rest of a long message
    /// The same words of the same sender within so long are a repeat of the network's; later, they are meant.
    base::duration repeat_within = base::seconds{20};
    /// Words that the senders' limits do not hold back: anybody can send in another's name until their limit is
    /// reached, and then the owner would not be heard. Whoever takes them bounds them himself. May be empty.
    std::function<bool(std::string_view)> always_read{};
    /// Keys the messages' ids, which logs and the journal have: without it a sender could be found by trying them all.
    base::digest secret{};
};

/// The text of a deliver_sm or of one of its parts, as UTF-8, without its header. nullopt: not a text.
std::optional<std::string> inbound_text(std::uint8_t coding, base::byte_view octets, smsc_alphabet alphabet);

struct part_of {
    int reference = 0;
    int count = 1;
    int number = 1;
    bool operator==(const part_of&) const = default;
};
/// By the user data header (8 or 16 bit reference) or the SAR parameters; takes the header off. nullopt: meant for a
/// program on the handset (ports), or a header that cannot be read.
std::optional<part_of> take_header(const smpp_message& in, base::bytes& octets);

/// Who sent it, in E.164; nullopt when it is no number or not to be told.
std::optional<base::msisdn> sender_of(const smpp_address& from, std::string_view country_code);

class inbound_texts {
 public:
    explicit inbound_texts(inbound_settings how) : how_(std::move(how)) {}

    enum class fate { whole, part, repeat, under_way, over_limit, unreadable };
    struct taken {
        fate what = fate::unreadable;
        port::inbound_message message{};  // when whole
    };
    taken take(const smpp_message& in, base::instant now);
    /// Long messages whose other parts never came: handed over as they are.
    std::vector<port::inbound_message> overdue(base::instant now);
    /// How many were lost to a limit since it was last asked without a fate of their own being told.
    std::size_t take_lost() { return std::exchange(lost_, 0); }
    /// The sink's answer for a whole one. False: it comes again.
    void settled(const port::inbound_message& what, bool taken, base::instant now);

 private:
    struct gathering {
        std::map<int, std::string> parts;
        int count = 0;
        std::string to;
        base::instant first_at;
        std::string id;  // once it was handed over
    };
    struct sight {
        base::instant at;
        std::string id;
        bool done = false;
        int times = 0;
        bool counted = false;  // among its sender's
    };
    struct tally {
        std::int64_t hour = 0;
        std::int64_t day = 0;
        int in_hour = 0;
        int in_day = 0;
    };

    bool room_for(const std::string& key, const std::string& sender);
    bool over_limit(const std::string& sender, base::instant now);
    taken whole(port::inbound_message message, std::string_view marks, base::instant now);
    void tidy(base::instant now);

    const inbound_settings how_;
    std::map<std::string, gathering> gatherings_;  // by sender, receiver, reference and count
    std::unordered_map<std::string, sight> seen_;  // by what was said
    std::unordered_map<std::string, tally> senders_;
    base::instant tidied_;
    std::size_t lost_ = 0;
};

}  // namespace keepline::link
