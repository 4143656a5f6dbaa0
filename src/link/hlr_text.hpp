// What osmo-hlr says on its two text interfaces: CTRL replies and the VTY console. Pure; takes hostile bytes. What
// these functions return may hold subscriber data and never goes into an error or a log.
#pragma once

#include "base/bytes.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace keepline::link {

struct ctrl_reply {
    enum class verb { value, done, error };
    verb what = verb::error;
    std::string id;        // of the request; "err" when the HLR could not read it
    std::string variable;  // empty for errors
    std::string text;      // the value, or the error's words
};
/// "GET_REPLY id variable value", "SET_REPLY id variable value", "ERROR id words"; nullopt for anything else.
std::optional<ctrl_reply> parse_ctrl_reply(std::string_view text);

struct hlr_subscriber {
    std::string msisdn;  // digits; empty: none
    std::string imsi;
    bool cs = false;
    bool ps = false;
};
/// The value of `subscriber.by-imsi-X.info`: lines "name TAB value". nullopt when imsi, nam_cs or nam_ps is missing.
std::optional<hlr_subscriber> parse_ctrl_info(std::string_view value);

/// 3G authentication data, as CTRL writes and reads them: "MILENAGE,<K>,OPC,<OPc>,<IND bits>". Secret.
struct hlr_auth {
    std::string algorithm;  // "MILENAGE", "TUAK"
    std::string k;          // hex, lower case
    std::string opc;        // the same; TOPc for TUAK
    bool operator==(const hlr_auth&) const = default;
};
/// The value of `subscriber.by-imsi-X.aud3g`. nullopt for "none", and for what makes no sense or holds OP: neither is
/// what we set.
std::optional<hlr_auth> parse_ctrl_auth(std::string_view value);
std::string ctrl_auth_text(const hlr_auth& keys);

struct vty_answer {
    std::string text;      // between the echo of the command and the prompt; lines end with LF
    bool enabled = false;  // the prompt ends with "#"
};
/// Takes everything up to a prompt at the end of the buffer; nullopt while there is none. Telnet negotiation (IAC, RFC
/// 854) is dropped.
std::optional<vty_answer> take_vty_answer(base::bytes& buffer);
/// How many GSUP clients the answer to "show gsup-connections" has under this name:
/// " 'keepline-1' from 127.0.0.1:34610, CS=0, PS=0".
int vty_clients_named(const vty_answer& answer, std::string_view name);
bool vty_says_unknown_subscriber(const vty_answer& answer);
bool vty_says_error(const vty_answer& answer);

}  // namespace keepline::link
