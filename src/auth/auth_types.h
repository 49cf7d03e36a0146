/*
 * auth_types - the rows of the table of methods, one a file.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_AUTH_AUTH_TYPES_H
#define LH_AUTH_AUTH_TYPES_H

#include "auth/auth_method.h"

extern const struct auth_method_type auth_approle_type;
extern const struct auth_method_type auth_aws_type;
extern const struct auth_method_type auth_azure_type;
extern const struct auth_method_type auth_cert_type;
extern const struct auth_method_type auth_gcp_type;
extern const struct auth_method_type auth_jwt_type;
extern const struct auth_method_type auth_kubernetes_type;
extern const struct auth_method_type auth_ldap_type;
extern const struct auth_method_type auth_token_file_type;
extern const struct auth_method_type auth_userpass_type;

#endif
