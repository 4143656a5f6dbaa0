// The names that the SM-DP+'s doors share: a request from below `http`, the profiles and orders from `desk`.
#pragma once

#include "desk/activation_code.hpp"
#include "desk/esim_service.hpp"
#include "http/message.hpp"

namespace keepline::smdp {

using base::result;
using desk::confirmation_fits;
using desk::confirmation_of;
using desk::derived_matching_id;
using desk::esim_by_iccid;
using desk::esim_by_matching_id;
using desk::esim_events;
using desk::esim_in_stock;
using desk::esim_key;
using desk::esim_service;
using desk::esim_waiting_for;
using desk::euicc_key_from;
using desk::euicc_key_text;
using desk::fresh_matching_id;
using desk::is_matching_id;
using desk::keep_confirmation;
using desk::metadata_of;
using desk::package_of;
using desk::proved_eid;
using desk::rsp_call;
using desk::smdp_identity;
using http::application;
using http::exchange_ptr;
using http::response;
using http::verb;

}  // namespace keepline::smdp
