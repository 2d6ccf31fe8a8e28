using NetWhy.Lab;
using Xunit;

namespace NetWhy.Tests.Lab;

public sealed class VerdictTests
{
    private static readonly Expectation LinkDown = Expectation.Healthy with { Causes = ["link-down"] };

    [Theory]
    [InlineData("broken", 1, "link-down", null)]
    [InlineData("broken", 1, "no-route", "another cause")]
    [InlineData("broken", 1, "link-down no-route", "a further finding no-route")]
    [InlineData("broken", 1, "", "no finding")]
    [InlineData("healthy", 0, "", "exit code 0")]
    public void Compares_with_the_expected_cause(string status, int exitCode, string causes, string? mismatch) =>
        Assert.Equal(mismatch, Of(status, exitCode, causes).Mismatch(LinkDown, exitCode));

    [Fact]
    public void Allows_what_it_is_told_to() =>
        Assert.Null(Of("broken", 1, "link-down no-route").Mismatch(LinkDown with { Allowed = ["no-route"] }, 1));

    [Theory]
    [InlineData("healthy", 0, "", true)]
    [InlineData("degraded", 1, "link-down", false)]
    [InlineData("inconclusive", 3, "", false)]
    public void Knows_health(string status, int exitCode, string causes, bool isRight) =>
        Assert.Equal(isRight, Of(status, exitCode, causes).Mismatch(Expectation.Healthy, exitCode) is null);

    [Theory]
    [InlineData("yes", null)]
    [InlineData("skipped", null)]
    [InlineData("degraded", "a question of a healthy target is answered port: degraded, so so")]
    [InlineData("no", "a question of a healthy target is answered port: no, so so")]
    public void A_healthy_target_answers_every_question_well(string answer, string? mismatch)
    {
        string json = $$"""
            {"status": "healthy", "exitCode": 0, "findings": [], "notes": [],
             "questions": [{"id": "host", "answer": "yes", "summary": ""}, {"id": "port", "answer": "{{answer}}", "summary": "so so"}]}
            """;

        Assert.Equal(mismatch, Verdict.Read(json)!.Mismatch(Expectation.Healthy, exitCode: 0));
    }

    [Fact]
    public void Believes_the_process_rather_than_its_words() =>
        Assert.NotNull(Of("broken", 1, "link-down").Mismatch(LinkDown, exitCode: 0));

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"status": 3}""")]
    public void Is_none_if_the_text_is_no_diagnosis(string json) => Assert.Null(Verdict.Read(json));

    private static Verdict Of(string status, int exitCode, string causes)
    {
        string findings = string.Join(',', causes.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(cause => $$"""{"cause": "{{cause}}", "severity": "critical", "where": "local", "explains": []}"""));
        string json = $$"""
            {"status": "{{status}}", "exitCode": {{exitCode}}, "findings": [{{findings}}], "notes": [{"cause": "icmp-filtered"}]}
            """;
        return Verdict.Read(json)!;
    }
}
