Feature: Withdrawing, closing, leaving

  Background:
    Given the person has given acceptance consent to "policy"

  @CI-WDR-01 @CI-WDR-02
  Scenario: A permission closed on the device is closed here
    Given the person has given device-permission consent to "navigation"
    When the platform submits "navigation" with
      | gps-position | 31.1930,121.3010 |
    Then it is admitted
    When the person withdraws "permission.location" with
      | route | device-settings |
    And the platform submits "navigation" with
      | gps-position | 31.1930,121.3010 |
    Then it is refused with "permission-required" under CI-COL-06 at "fields.gps-position"
    When the platform asks
      | kind       | permission      |
      | permission | location        |
      | purpose    | navigation      |
      | moment     | navigation-open |
    Then it is refused with "permission-required" under CI-COL-06 at "permission"

  @CI-WDR-01
  Scenario Outline: Each permission can be closed on the device
    When the person withdraws "permission.<permission>" with
      | route | device-settings |
    And the platform asks
      | kind       | permission   |
      | permission | <permission> |
    Then it is refused with "permission-required" at "permission"

    Examples:
      | permission        |
      | phone             |
      | location          |
      | pictures          |
      | multimedia        |
      | storage           |
      | microphone        |
      | mobile-network    |
      | wifi-connection   |
      | connection-change |
      | camera            |
      | contacts          |
      | call              |
      | app-list          |
      | start-mail-app    |
      | messages          |
      | install-files     |

  @CI-WDR-02 @CI-WDR-06
  Scenario: Use stops too, not only collecting
    Given the person has given device-permission consent to "precise-location"
    When the platform submits "precise-location" with
      | gps-position | 31.1930,121.3010 |
    Then it is admitted
    When the person withdraws "precise-location"
    And the platform asks whether "gps-position" may be used for "precise-location"
    Then it is refused with "consent-withdrawn" under CI-COL-13

  @CI-WDR-04 @CI-WDR-01
  Scenario Outline: The ways to withdraw
    Given the person has given opt-in consent to "personalization"
    When the person withdraws "personalization" with
      | route | <route> |
    And the platform asks whether "pages-requested" may be used for "personalization"
    Then it is refused with "consent-withdrawn" under CI-COL-10

    Examples:
      | route            |
      | device-settings  |
      | account-settings |
      | hotline          |

  @CI-WDR-04
  Scenario: Another way is not declared
    Given the person has given opt-in consent to "personalization"
    When the person withdraws "personalization" with
      | route | fax |
    Then it is refused with "route-not-declared" under CI-WDR-04 at "route"

  @CI-WDR-04
  Scenario: Authorizing less
    Given the person has given opt-in consent to "personalization"
    And the person has given device-permission consent to "precise-location"
    When the person withdraws "precise-location"
    And the platform asks whether "language" may be used for "personalization"
    Then the answer is yes
    When the platform asks whether "gps-position" may be used for "precise-location"
    Then it is refused with "consent-withdrawn" under CI-COL-13

  @CI-WDR-06
  Scenario: Who withdraws from a basic function is told first what stops
    Given the person has agreed to all that "registration-from-abroad" asks for
    When the person withdraws "registration-from-abroad"
    Then it is refused with "warned" under CI-WDR-06
    And the answer says
      | stops | registration-from-abroad, registration, enterprise-registration, use-of-functions, customer-service, supply-demand-exchange |
    When the person withdraws "registration-from-abroad" with
      | confirmed | yes |
    Then it is recorded

  @CI-WDR-06
  Scenario: Only that function stops
    Given the person has given device-permission consent to "navigation"
    When the person withdraws "navigation"
    And the platform asks
      | kind    | page       |
      | purpose | navigation |
    Then it is refused with "consent-refused" under CI-PRM-04 at "purpose"
    When the platform asks
      | kind    | page            |
      | purpose | personnel-entry |
    Then the answer is yes
    When the platform submits "personnel-entry" with
      | name | 王晓明 |
    Then it is admitted

  @CI-USE-04 @CI-PRM-10 @CI-AUT-01 @CI-USE-07
  Scenario Outline: No more messages of that kind
    When the platform asks
      | kind    | message   |
      | message | <message> |
      | channel | <channel> |
    Then the answer is yes
    And the answer says
      | clause | <clause> |
    When the person withdraws "message.<message>"
    And the platform asks
      | kind    | message   |
      | message | <message> |
      | channel | <channel> |
    Then it is refused with "marketing-refused" under <clause> at "message"

    Examples:
      | message             | clause    | channel |
      | promotion-email     | CI-USE-04 | email   |
      | promotion-sms       | CI-USE-04 | sms     |
      | promotion-push      | CI-USE-04 | push    |
      | survey-invitation   | CI-USE-07 | email   |
      | news-push           | CI-PRM-10 | push    |
      | recommendation-push | CI-AUT-01 | push    |

  @CI-USE-04
  Scenario: Text messages canceled, mail goes on
    When the person withdraws "message.promotion-sms"
    And the platform asks
      | kind    | message       |
      | message | promotion-sms |
      | channel | sms           |
    Then it is refused with "marketing-refused" under CI-USE-04 at "message"
    When the platform asks
      | kind    | message         |
      | message | promotion-email |
      | channel | email           |
    Then the answer is yes

  @CI-USE-04 @CI-PRM-10 @CI-AUT-01
  Scenario Outline: A message goes its own way only
    When the platform asks
      | kind    | message   |
      | message | <message> |
      | channel | <channel> |
    Then it is refused with "channel-undeclared" under <clause> at "channel"

    Examples:
      | message             | channel | clause    |
      | promotion-email     | sms     | CI-USE-04 |
      | promotion-sms       | push    | CI-USE-04 |
      | promotion-push      | email   | CI-USE-04 |
      | news-push           | sms     | CI-PRM-10 |
      | recommendation-push | email   | CI-AUT-01 |
      | survey-invitation   | letter  | CI-USE-07 |

  @CI-USE-07
  Scenario Outline: A survey may be announced by mail, text and push
    When the platform asks
      | kind    | message           |
      | message | survey-invitation |
      | channel | <channel>         |
    Then the answer is yes
    And the answer says
      | clause | CI-USE-07 |

    Examples:
      | channel |
      | email   |
      | sms     |
      | push    |

  @CI-USE-04
  Scenario: A message nobody has declared
    When the platform asks
      | kind    | message |
      | message | lottery |
    Then it is refused with "message-not-declared" under CI-USE-04 at "message"

  @CI-WDR-03
  Scenario: What the person said stays on record for three years
    Given the person has given opt-in consent to "personalization"
    When the person withdraws "personalization"
    Then the receipt of the act says
      | receipt.event.event_state    | ConsentWithdrawn |
      | receipt.event.evidence_until | 2029-03-03       |
