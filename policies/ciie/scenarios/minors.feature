Feature: Children

  Background:
    Given the person has given acceptance consent to "policy"

  @CI-MIN-01 @CI-MIN-04
  Scenario: A child of thirteen needs a guardian
    Given the person is born on 2012-03-03
    When the platform submits "registration" with
      | name          | 王晓明      |
      | mobile-number | 13816550021 |
    Then it is refused with "guardian-consent-required" under CI-MIN-01 at "subject"

  @CI-MIN-04
  Scenario: On the fourteenth birthday no more
    Given the person is born on 2012-03-02
    When the platform submits "registration" with
      | name          | 王晓明      |
      | mobile-number | 13816550021 |
    Then it is admitted

  @CI-MIN-04
  Scenario: Fifteen is enough, wherever one comes from
    Given the person is born on 2011-03-02
    When the platform submits "registration" with
      | name          | 王晓明      |
      | mobile-number | 13816550021 |
    Then it is admitted

  @CI-MIN-01
  Scenario: With the guardian’s consent an account is opened
    Given the person is born on 2012-03-03 and has a verified guardian
    When the platform submits "registration" with
      | name          | 王晓明      |
      | mobile-number | 13816550021 |
    Then it is admitted

  @CI-DEF-04
  Scenario: Everything about a child of fourteen is sensitive
    Given the person is born on 2011-03-03
    When the platform asks
      | kind   | field |
      | fields | name  |
    Then the answer is yes
    And the answer says
      | classified | sensitive |

  @CI-DEF-04
  Scenario: On the fifteenth birthday no longer
    Given the person is born on 2011-03-02
    When the platform asks
      | kind   | field |
      | fields | name  |
    Then the answer is yes
    And the answer says
      | classified | personal |

  @CI-MIN-02 @CI-USE-07
  Scenario: A child is not invited to give data
    Given the person is born on 2012-03-03 and has a verified guardian
    When the platform asks
      | kind    | message           |
      | message | survey-invitation |
      | channel | push              |
    Then it is refused with "invitation-to-child" under CI-MIN-02 at "message"
    When the platform asks
      | kind    | message   |
      | message | news-push |
      | channel | push      |
    Then the answer is yes

  @CI-MIN-01
  Scenario Outline: A law and the protection of the child go without the guardian
    Given the person is born on 2012-03-03
    When the platform asks
      | kind      | collect         |
      | purpose   | personnel-entry |
      | fields    | name            |
      | exception | <ground>        |
      | evidence  | <evidence>      |
    Then the answer is yes

    Examples:
      | ground         | evidence                                  |
      | other-law      | citation                                  |
      | vital-interest | significant-interest, consent-not-in-time |

  @CI-MIN-01
  Scenario: Another ground does not
    Given the person is born on 2012-03-03
    When the platform asks
      | kind      | collect         |
      | purpose   | personnel-entry |
      | fields    | name            |
      | exception | safe-operation  |
      | evidence  | open-ticket     |
    Then it is refused with "guardian-consent-required" under CI-MIN-01 at "subject"

  @CI-MIN-01
  Scenario: The yes is the guardian’s, not the child’s
    Given the person is born on 2012-03-03 and has a verified guardian
    When the person gives opt-in consent to "personalization"
    Then it is refused with "guardian-consent-required"
    When the person gives guardian consent to "personalization"
    Then it is recorded
