// The eUICC seen through APDUs (ISO 7816-4, SGP.22 v2.5 §5.7.2): logical channels, SELECT of the ISD-R, chains of STORE
// DATA, GET RESPONSE. One thread.
#pragma once

#include "phone/euicc.hpp"

#include <array>

namespace keepline::phone {

inline constexpr base::byte_array<16> isdr_aid{0xA0, 0x00, 0x00, 0x05, 0x59, 0x10, 0x10, 0xFF,
                                               0xFF, 0xFF, 0xFF, 0x89, 0x00, 0x00, 0x01, 0x00};

class apdu_card {
 public:
    explicit apdu_card(euicc& inside) : inside_(inside) {}

    /// One command APDU; the response with its two status bytes.
    bytes transmit(byte_view command);
    /// Power lost or reset: all channels but the basic one are closed.
    void reset();
    /// Opens a channel and selects an application on it, as the drivers of LPAs do in one step; 0 when refused.
    int open_channel(byte_view aid);
    bool close_channel(int number);

 private:
    struct channel {
        bool open = false;
        bool isdr = false;
        bytes received;  // data of STORE DATA so far
        int next_block = 0;
        bytes waiting;  // what GET RESPONSE has not fetched yet
    };
    struct request {
        std::uint8_t instruction = 0;
        std::uint8_t p1 = 0;
        std::uint8_t p2 = 0;
        byte_view data;
        std::size_t expected = 256;  // Le
        bool asks_for_data = false;  // Le was there
        bool extended = false;
    };

    static std::optional<request> parse(byte_view command);
    bytes manage_channel(const request&);
    bytes select(channel&, const request&);
    bytes store_data(channel&, const request&);
    static bytes fetch(channel&, std::size_t expected);
    static bytes answer(channel&, const request&, bytes data);

    static constexpr std::size_t max_command = 64 * 1024;  // of one chain; a segment of a package has 1020 bytes

    euicc& inside_;
    std::array<channel, 20> channels_{};
};

}  // namespace keepline::phone
