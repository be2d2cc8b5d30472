Feature: Accepting the policy

  @CI-CON-01
  Scenario: Nothing is taken from a person who has not answered
    When the submission says
      | channel      | mobile-app |
      | declarations | -          |
    And the platform submits "use-of-functions" with
      | device-model | 示例手机 X1 |
    Then it is refused with "policy-not-accepted" under CI-CON-01 at "notice"
    When the person has given acceptance consent to "policy"
    And the submission says
      | channel      | mobile-app |
      | declarations | -          |
    And the platform submits "use-of-functions" with
      | device-model | 示例手机 X1 |
    Then it is admitted

  @CI-CON-03
  Scenario: Whoever declines reads the news and cannot register
    When the person refuses "policy"
    And the platform asks
      | kind    | page       |
      | purpose | news-pages |
    Then the answer is yes
    When the platform submits "registration" with
      | name          | 王晓明      |
      | mobile-number | 13816550021 |
    Then it is refused with "policy-not-accepted" under CI-CON-01 at "notice"
