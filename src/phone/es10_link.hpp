// How an LPA reaches its eUICC: whole ES10 commands in, whole answers out. Two ways: through APDUs, as a phone does,
// and directly, for load tests where the blocks of STORE DATA would only cost time.
#pragma once

#include "phone/apdu_card.hpp"

namespace keepline::phone {

class es10_link {
 public:
    virtual ~es10_link() = default;
    virtual es10_answer command(byte_view der) = 0;
};

class direct_link : public es10_link {
 public:
    explicit direct_link(euicc& card) : card_(card) {}
    es10_answer command(byte_view der) override { return card_.command(der); }

 private:
    euicc& card_;
};

/// Opens its own logical channel at the first command and closes it at the end.
class apdu_link : public es10_link {
 public:
    explicit apdu_link(apdu_card& card) : card_(card) {}
    ~apdu_link() override;
    apdu_link(const apdu_link&) = delete;
    apdu_link& operator=(const apdu_link&) = delete;
    es10_answer command(byte_view der) override;

 private:
    bool open();
    std::uint8_t class_byte(std::uint8_t plain) const;

    apdu_card& card_;
    int channel_ = 0;
};

}  // namespace keepline::phone
