Feature: How 小票票商户版 asks for consent

  @XP-CON-01
  Scenario: Neither data nor behavior is touched before the person agrees
    Given the submission says
      | source | automatic |
    When the platform submits "usage-log" with
      | access-time | 2022-04-20T09:30:00+08:00 |
    Then it is refused with "policy-not-accepted" under XP-CON-01 at "notice"
    Given the person is shown a notice about "policy" with
      | channel | app |
    And the person has given acceptance consent to "policy"
    And the submission says
      | source | automatic |
    When the platform submits "usage-log" with
      | access-time | 2022-04-20T09:30:00+08:00 |
    Then it is refused with "no-consent" under XP-CON-01
    When the platform asks whether "usage-behavior" may be collected for "commercial-use"
    Then it is refused with "no-consent" under XP-CON-02
    When the person has given acceptance consent to "usage-log"
    And the platform submits "usage-log" with
      | access-time | 2022-04-20T09:30:00+08:00 |
    Then it is admitted

  @XP-CON-02
  Scenario Outline: No business without a clear yes
    Given the person is shown a notice about "policy" with
      | channel | app |
    And the person has given acceptance consent to "policy"
    When the person gives opt-in consent to "commercial-use"
    Then it is refused with "consent-level-too-low" under XP-CON-02 at "level"
    When the platform asks whether "<field>" may be used for "commercial-use"
    Then it is refused with "no-consent" under XP-CON-02
    When the person has given explicit consent to "commercial-use"
    And the platform asks whether "<field>" may be used for "commercial-use"
    Then the answer is yes

    Examples:
      | field          |
      | usage-behavior |
      | mobile-number  |

  @XP-CON-03
  Scenario Outline: Agreement by use serves for the policy and never for what is sensitive
    Given the person is shown a notice about "policy" with
      | channel | app |
    And the person gives acceptance consent to "policy" with
      | implied | yes |
    When the person gives explicit consent to "<purpose>" with
      | implied | yes |
    Then it is refused with "consent-level-too-low" at "level"
    When the person gives acceptance consent to "<purpose>"
    Then it is refused with "consent-level-too-low" at "level"
    When the person gives explicit consent to "<purpose>"
    Then it is recorded

    Examples:
      | purpose               |
      | account               |
      | notice                |
      | after-sales           |
      | payment               |
      | marketing-contact     |
      | identity-verification |

  @XP-CON-04
  Scenario Outline: A no is possible, and counts
    Given the person has agreed to all that "account" asks for
    When the person refuses "<purpose>"
    Then it is recorded
    When the platform asks
      | kind    | page      |
      | purpose | <purpose> |
    Then it is refused with "consent-refused" at "purpose"
    When the platform submits "account" with
      | mobile-number | 13700137000 |
    Then it is admitted

    Examples:
      | purpose               |
      | marketing-contact     |
      | commercial-use        |
      | nearby-recommendation |
      | upload                |
      | preference-cookies    |
      | statistics            |
      | performance           |
      | push                  |
      | timely-push           |
      | page-rendering        |
      | device                |

  @XP-CON-06
  Scenario: Contacted about products after a yes, and until a no
    Given the person is shown a notice about "policy" with
      | channel | app |
    And the person has given acceptance consent to "policy"
    When the platform asks
      | kind    | message      |
      | message | product-news |
    Then it is refused with "no-consent" under XP-CON-06
    When the person gives opt-in consent to "marketing-contact"
    Then it is refused with "consent-level-too-low" under XP-CON-06 at "level"
    When the person has given explicit consent to "marketing-contact"
    And the platform asks
      | kind    | message      |
      | message | product-news |
    Then the answer is yes
    When the platform asks
      | kind    | message           |
      | message | festival-greeting |
    Then it is refused with "message-not-declared" under XP-CON-06 at "message"
    When the platform submits "marketing-contact" with
      | mobile-number | 13700137000 |
    Then it is admitted
    When the platform submits "marketing-contact" with
      | usage-habit | 每日 9 点登录 |
    Then it is refused with "undeclared-field" at "fields.usage-habit"

  @XP-CON-07
  Scenario: Using a third party's service says yes to that one and to no other
    Given the person has agreed to all that "payment" asks for
    When the platform asks
      | kind         | sdk           |
      | sdk          | alipay        |
      | fields       | alipay-info   |
      | use          | payment       |
      | declarations | alipay-chosen |
    Then the answer is yes
    When the platform asks
      | kind         | sdk         |
      | sdk          | alipay      |
      | fields       | alipay-info |
      | use          | payment     |
      | declarations | -           |
    Then it is refused with "moment-not-declared" under XP-CON-07 at "fields.alipay-info"
    When the platform asks
      | kind         | sdk               |
      | sdk          | alipay            |
      | fields       | alipay-info       |
      | use          | payment           |
      | declarations | wechat-pay-chosen |
    Then it is refused with "moment-not-declared" under XP-CON-07 at "fields.alipay-info"

  @XP-CON-07
  Scenario: Its own data is sensitive and waits for an express yes
    Given the person is shown a notice about "policy" with
      | channel | app |
    And the person has given acceptance consent to "policy"
    When the person gives acceptance consent to "payment" with
      | implied | yes |
    Then it is refused with "consent-level-too-low" under XP-CON-07 at "level"
    When the platform asks
      | kind         | sdk           |
      | sdk          | alipay        |
      | fields       | alipay-info   |
      | use          | payment       |
      | declarations | alipay-chosen |
    Then it is refused with "no-consent" under XP-CON-07

  @XP-CON-08
  Scenario: The policy is shown before it is accepted
    When the person gives acceptance consent to "policy"
    Then it is refused with "notice-not-shown" under XP-CON-01 at "shown"
    When the submission says
      | source | automatic |
    And the platform submits "usage-log" with
      | access-time | 2022-04-20T09:30:00+08:00 |
    Then it is refused with "policy-not-accepted" under XP-CON-01 at "notice"


  @XP-CON-05
  Scenario: Agreeing beforehand to later changes carries no new field
    Given the person has agreed to all that "performance" asks for
    And a version of 2026-04-01 in which
      | purposes.performance.fields.carrier | null |
    And it is published on "website" on 2026-03-01
    And two people put it in force
    And the clock reaches 2026-04-01 09:00
    And the person is shown a notice about "policy" with
      | version | 2026-04-01 |
      | channel | app        |
    And the person gives acceptance consent to "policy" with
      | notice | 2026-04-01 |
    When the platform submits "performance" with
      | carrier | 中国联通 |
    Then it is refused with "reconsent-required"

  @XP-CON-05
  Scenario Outline: <path> in a later version is another <kind>
    Given a version of 2026-04-01 in which
      | <path> | <value> |
    And it is published on "website" on 2026-03-01
    When two people put it in force
    Then the answer is yes
    And the answer says
      | changes | <kind> |

    Examples:
      | path                                | value                  | kind          |
      | purposes.performance.fields.carrier | null                   | new-purpose   |
      | fields.imei.sensitive               | true                   | new-field     |
      | recipients.analytics-provider.fields | [carrier]             | new-recipient |
      | sdks.dcloud.flows.0.fields          | [imei, mac]            | new-recipient |

  @XP-CON-07
  Scenario: What a payment service handles stays with it, and goes when the person says so
    Given the person has agreed to all that "payment" asks for
    When the platform keeps "alipay-info" for "payment" itself, at "alipay"
    Then it is admitted
    And the copy of the person names as kept elsewhere
      | purpose | fields      | place  |
      | payment | alipay-info | alipay |
    When the platform asks whether "alipay-info" may be used for "payment"
    Then the answer says
      | heldBy | platform |
    When the platform opens "alipay-info" for "payment"
    Then it is refused with "held-by-platform" under XP-CON-07
    When the person withdraws "payment"
    Then the platform’s stores are asked to let go of "payment"
    And a store that still finds something of "payment" is not believed
    And a store that has let go of "payment" is taken at its word
    When the platform keeps "alipay-info" for "payment" itself, at "alipay"
    Then it is refused with "consent-withdrawn"

  @XP-CON-07
  Scenario: A store that reads the log is told there that it must let go
    Given the person has agreed to all that "payment" asks for
    And the platform submits through the log
    When the platform keeps "alipay-info" for "payment" itself, at "alipay"
    Then it is admitted
    When the person withdraws "payment"
    Then a store that reads the log is asked to let go of "payment", and its word ends the withdrawal
    When the platform keeps "alipay-info" for "payment" itself, at "alipay"
    Then it is refused with "consent-withdrawn"

  @XP-CON-07
  Scenario: What Lethe keeps is not said to be somewhere else
    Given the person has agreed to all that "account" asks for
    When the platform keeps "mobile-number" for "account" itself, at "alipay"
    Then it is refused with "wrong-type" at "held"

  @XP-CON-02
  Scenario: Who has said no is not asked again for thirty days, and may say yes at any time
    Given it is 2026-03-02 09:00
    And the person refuses "commercial-use"
    When the person is shown a notice about "commercial-use" with
      | channel | app |
      | asks    | yes  |
    Then it is refused with "asked-too-soon" under XP-SIL-12 at "about"
    When the person is shown a notice about "commercial-use" with
      | channel | app |
      | asks    | no   |
    Then it is recorded
    When the clock reaches 2026-04-01 23:59
    And the person is shown a notice about "commercial-use" with
      | channel | app |
      | asks    | yes  |
    Then it is refused with "asked-too-soon" under XP-SIL-12 at "about"
    When the clock reaches 2026-04-02 00:01
    And the person is shown a notice about "commercial-use" with
      | channel | app |
      | asks    | yes  |
    Then it is recorded
    When another person refuses "commercial-use"
    And another person gives explicit consent to "commercial-use"
    Then it is recorded
