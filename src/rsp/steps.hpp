// What the steps of a session have in common. For the .cpp files of this folder.
#pragma once

#include "rsp/session.hpp"

namespace keepline::rsp {

/// 5F37 40 r‖s.
base::bytes signature_element(const signature& what);
/// Whether the text beside a request means this session, in either letter case.
bool names_session(const session&, std::string_view transaction);
/// The key that signed euiccSigned1.
public_key euicc_key_of(const session&);
/// The set that this session began with; nullptr when the server has been given other certificates since.
const certificate_set* set_of(const provider&, const session&);

}  // namespace keepline::rsp
