Feature: Cookies and what is like them

  @DM-COK-01 @DM-COK-03
  Scenario Outline: A <kind> for <purpose>: <answer>
    When the platform asks
      | kind    | tracker   |
      | tracker | <kind>    |
      | purpose | <purpose> |
    Then the answer says
      | code | <answer> |

    Examples:
      | kind          | purpose             | answer          |
      | cookie        | site-operation      | -               |
      | flash-cookie  | experience          | -               |
      | local-storage | content-of-interest | -               |
      | web-beacon    | content-of-interest | -               |
      | pixel-tag     | content-of-interest | -               |
      | etag          | site-operation      | -               |
      | fingerprint   | content-of-interest | tracker-not-declared |
      | cookie        | credit-scoring      | tracker-not-declared |

  @DM-COK-02
  Scenario Outline: At level <level> cookies for <purpose> are set: <answer>
    When the platform asks
      | kind    | tracker   |
      | tracker | cookie    |
      | purpose | <purpose> |
      | level   | <level>   |
    Then the answer says
      | code | <answer> |

    Examples:
      | level   | purpose             | answer          |
      | all     | content-of-interest | -               |
      | reduced | content-of-interest | tracker-refused |
      | reduced | experience          | -               |
      | none    | experience          | tracker-refused |
      | none    | site-operation      | -               |

  @DM-COK-04
  Scenario: Who has left the list is not followed in a mail
    Given the person has given opt-in consent to "marketing"
    When the platform asks
      | kind    | tracker   |
      | tracker | pixel-tag |
      | purpose | mailing   |
    Then the answer is yes
    When the person withdraws "marketing"
    And the platform asks
      | kind    | tracker   |
      | tracker | pixel-tag |
      | purpose | mailing   |
    Then it is refused with "consent-withdrawn"
