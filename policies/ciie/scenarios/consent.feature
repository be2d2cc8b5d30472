Feature: Accepting, agreeing, declining

  Background:
    Given the person has given acceptance consent to "policy"

  @CI-CON-02
  Scenario: Accepting covers registration and the exchange, not what asks for a yes of its own
    When the platform submits "registration" with
      | name          | 王晓明      |
      | mobile-number | 13816550021 |
    Then it is admitted
    When the platform asks whether "name" may be used for "supply-demand-exchange"
    Then the answer is yes
    When the platform submits "inquiry-real-name" with
      | real-name      | 王晓明             |
      | id-card-number | 310104199003074027 |
      | contact-info   | 13816550021        |
    Then it is refused with "no-consent" under CI-COL-14

  @CI-CON-02
  Scenario Outline: One click for everything is never express consent
    When the person gives explicit consent to "<purpose>" with
      | bundled | yes |
    Then it is refused with "consent-level-too-low" under <clause> at "level"

    Examples:
      | purpose                  | clause    |
      | inquiry-real-name        | CI-COL-14 |
      | further-use              | CI-COL-20 |
      | registration-from-abroad | CI-TER-02 |

  @CI-USE-09
  Scenario: A purpose that does not stand in the policy
    When the platform submits "headhunting" with
      | name | 王晓明 |
    Then it is refused with "undeclared-purpose" under CI-USE-09 at "purpose"
    When the platform asks whether "name" may be used for "headhunting"
    Then it is refused with "undeclared-purpose" under CI-USE-09 at "purpose"
    When the person gives explicit consent to "headhunting"
    Then it is refused with "undeclared-purpose" under CI-USE-09 at "purpose"

  @CI-USE-09 @CI-COL-20
  Scenario: Consent that comes later than the use is none
    Given the person has given explicit consent to "further-use"
    When the submission says
      | collectedAt | 2026-03-02T08:30:00+08:00 |
    And the platform submits "further-use" with
      | email | wang.xiaoming@example.cn |
    Then it is refused with "no-consent" under CI-COL-20
    When the platform submits "further-use" with
      | email | wang.xiaoming@example.cn |
    Then it is admitted

  @CI-COL-20
  Scenario: Beyond what the group was authorized for
    When the submission says
      | source       | indirect                                                   |
      | party        | trading-group                                              |
      | attestations | authorization-confirmed, source-lawful, liability-accepted |
    And the platform submits "further-use" with
      | email | wang.xiaoming@example.cn |
    Then it is refused with "no-consent" under CI-COL-20
    When the person gives opt-in consent to "further-use"
    Then it is refused with "consent-level-too-low" under CI-COL-20 at "level"
    When the person has given explicit consent to "further-use"
    And the submission says
      | source       | indirect                                                   |
      | party        | trading-group                                              |
      | attestations | authorization-confirmed, source-lawful, liability-accepted |
    And the platform submits "further-use" with
      | email | wang.xiaoming@example.cn |
    Then it is admitted

  @CI-TER-02
  Scenario: A user abroad agrees that the data is kept in China, or is not served
    When the submission says
      | declarations | - |
    And the platform submits "registration" with
      | name          | 王晓明      |
      | mobile-number | 13816550021 |
    Then it is refused with "declaration-required" under CI-TER-02 at "declarations"
    When the platform submits "registration-from-abroad" with
      | name          | 王晓明      |
      | mobile-number | 13816550021 |
    Then it is refused with "no-consent" under CI-TER-02
    When the person gives opt-in consent to "registration-from-abroad"
    Then it is refused with "consent-level-too-low" under CI-TER-02 at "level"
    When the person has given explicit consent to "registration-from-abroad"
    And the platform submits "registration-from-abroad" with
      | name            | 王晓明      |
      | mobile-number   | 13816550021 |
      | passport-number | E12345678   |
    Then it is admitted

  @CI-TER-02
  Scenario Outline: Whoever abroad says no is not served at all
    When the person refuses "registration-from-abroad"
    And the platform asks
      | kind    | page      |
      | purpose | <purpose> |
    Then it is refused with "consent-refused" under CI-TER-02 at "purposes.registration-from-abroad"
    When the platform asks
      | kind    | page       |
      | purpose | news-pages |
    Then the answer is yes

    Examples:
      | purpose                 |
      | registration            |
      | enterprise-registration |
      | use-of-functions        |
      | customer-service        |
      | supply-demand-exchange  |

  @CI-USE-08
  Scenario: De-identified data, with its proof, may be analyzed as a whole
    When the platform asks
      | kind     | dataset                 |
      | use      | whole-database-analysis |
      | state    | deidentified            |
      | evidence | method, reviewer, date  |
    Then the answer is yes
    And the answer says
      | clause | CI-USE-08 |
    When the platform asks
      | kind  | dataset                 |
      | use   | whole-database-analysis |
      | state | personal                |
    Then it is refused with "deidentification-unproven" under CI-USE-08 at "state"

  @CI-USE-08
  Scenario Outline: What de-identified data serves
    When the platform asks
      | kind     | dataset                |
      | use      | <use>                  |
      | state    | deidentified           |
      | evidence | method, reviewer, date |
    Then the answer is yes

    Examples:
      | use                     |
      | whole-database-analysis |
      | service-improvement     |
      | research                |

  @CI-USE-08
  Scenario Outline: Every proof is asked for
    When the platform asks
      | kind     | dataset                 |
      | use      | whole-database-analysis |
      | state    | deidentified            |
      | evidence | <one>, <two>            |
    Then it is refused with "deidentification-unproven" under CI-USE-08 at "evidence"

    Examples:
      | one      | two      |
      | method   | reviewer |
      | method   | date     |
      | reviewer | date     |

  @CI-USE-08
  Scenario: De-identified data serves nothing else
    When the platform asks
      | kind     | dataset                |
      | use      | advertising            |
      | state    | deidentified           |
      | evidence | method, reviewer, date |
    Then it is refused with "use-not-declared" under CI-USE-08 at "use"

  @CI-SHR-08
  Scenario: An affiliate gets sensitive data only after a new yes
    When the person gives explicit consent to "recipient.affiliate" with
      | bundled | yes |
    Then it is refused with "consent-level-too-low" under CI-SHR-07 at "level"
    When the person gives opt-in consent to "recipient.affiliate"
    Then it is refused with "consent-level-too-low" under CI-SHR-07 at "level"
    Given the person has given explicit consent to "recipient.affiliate"
    Then it is recorded

  @CI-COL-10
  Scenario: Who has said no is not asked again for thirty days, and may say yes at any time
    When the person refuses "personalization"
    And the person is shown a notice about "personalization" with
      | channel | mobile-app |
      | asks    | yes  |
    Then it is refused with "asked-too-soon" under CI-SIL-07 at "about"
    When the person is shown a notice about "personalization" with
      | channel | mobile-app |
      | asks    | no   |
    Then it is recorded
    When the clock reaches 2026-04-01 23:59
    And the person is shown a notice about "personalization" with
      | channel | mobile-app |
      | asks    | yes  |
    Then it is refused with "asked-too-soon" under CI-SIL-07 at "about"
    When the clock reaches 2026-04-02 00:01
    And the person is shown a notice about "personalization" with
      | channel | mobile-app |
      | asks    | yes  |
    Then it is recorded
    When another person refuses "personalization"
    And another person gives opt-in consent to "personalization"
    Then it is recorded
