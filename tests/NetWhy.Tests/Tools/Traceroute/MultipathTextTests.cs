using System.Net;
using NetWhy.Evidence;
using NetWhy.Tools.Traceroute;
using Xunit;

namespace NetWhy.Tests.Tools.Traceroute;

/// <summary>What is said under the paths that were found.</summary>
public sealed class MultipathTextTests
{
    private const string Target = "192.0.2.9";

    [Fact]
    public void A_target_that_was_not_reached_is_said_with_the_last_that_answered()
    {
        string text = Draw(isReached: false, [Flow(0, "192.0.2.1", "192.0.2.2"), Flow(1, "192.0.2.1", "192.0.2.2")]);

        Assert.Contains("\n192.0.2.9 was not reached: 192.0.2.2 at hop 2 is the last that answered\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_drawn_behind_the_target_on_the_shorter_branch()
    {
        string text = Draw(isReached: true,
        [
            Flow(0, "192.0.2.1", "192.0.2.2", Target),
            Flow(1, "192.0.2.1", "192.0.2.2", null, null), // known up to the branch only
            Flow(2, "192.0.2.1", "192.0.2.3", "192.0.2.4", Target),
        ]);

        Assert.DoesNotContain("*", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Combinations_of_branches_that_no_flow_took_are_counted_as_well()
    {
        string text = Draw(isReached: true,
        [
            Flow(0, "192.0.2.1", "192.0.2.3", "192.0.2.4", Target),
            Flow(1, "192.0.2.2", "192.0.2.3", "192.0.2.5", Target),
            Flow(2, "192.0.2.2", "192.0.2.3", "192.0.2.6", Target),
        ]);

        Assert.Contains("3 paths seen with 3 flows (the links that were seen make 6 by every combination)", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_branch_that_answers_nothing_leaves_no_chance_in_percent()
    {
        PathFan fan = Fan(isReached: true, [Flow(0, "192.0.2.1", "192.0.2.2", Target), Flow(1, "192.0.2.1", null, Target)]) with
        {
            Hops = [new FanHop(2, 4, 1, IsLimited: false, ChanceOfMissing: 0.01) { SilentFlows = [1], Unanswered = 1 }],
        };

        string text = new MultipathText(fan, new HopNames(isNumeric: true)).Draw();

        Assert.Contains("hop 2: 1 of 2 flows get no answer, and others do: a branch, or more than one, answers nothing, and passes packets on\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("%", text, StringComparison.Ordinal);
    }

    private static string Draw(bool isReached, IReadOnlyList<FlowPath> flows) => new MultipathText(Fan(isReached, flows), new HopNames(isNumeric: true)).Draw();

    private static PathFan Fan(bool isReached, IReadOnlyList<FlowPath> flows) =>
        new(IPAddress.Parse(Target), "udp", 33434, 1, flows) { IsReached = isReached, IsComplete = true };

    private static FlowPath Flow(int number, params string?[] nodes) =>
        new(number, [.. nodes.Select(node => new FlowHop(node is null ? null : IPAddress.Parse(node), node is null ? null : TimeSpan.FromMilliseconds(1)))]);
}
