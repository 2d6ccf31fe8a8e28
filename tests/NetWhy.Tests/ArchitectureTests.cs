using NetWhy.Analysis.Fields;
using NetWhy.Capture.Files;
using NetWhy.Certificates;
using NetWhy.Collect;
using NetWhy.Diagnose;
using NetWhy.Evidence;
using NetWhy.Exchanges;
using NetWhy.Lab;
using NetWhy.Linux;
using NetWhy.Names;
using NetWhy.Paths;
using NetWhy.Tools;
using NetWhy.Wire;
using Xunit;

namespace NetWhy.Tests;

/// <summary>The arrows of ARCHITECTURE.md. A change here is a change of architecture: discuss it first.</summary>
public sealed class ArchitectureTests
{
    public static TheoryData<Type, string[]> Arrows => new()
    {
        { typeof(UInt16BigEndian), [] },
        { typeof(Observation), [] },
        { typeof(LinuxSocket), ["NetWhy.Wire"] },
        { typeof(EchoRun), ["NetWhy.Evidence", "NetWhy.Linux", "NetWhy.Wire"] },
        { typeof(ResolverSettings), ["NetWhy.Evidence", "NetWhy.Linux", "NetWhy.Paths", "NetWhy.Wire"] },
        { typeof(PathBuilder), ["NetWhy.Linux", "NetWhy.Wire"] },
        { typeof(ExchangeStream), ["NetWhy.Evidence", "NetWhy.Linux", "NetWhy.Wire"] },
        { typeof(IProbe), ["NetWhy.Certificates", "NetWhy.Evidence", "NetWhy.Exchanges", "NetWhy.Linux", "NetWhy.Names", "NetWhy.Paths", "NetWhy.Wire"] },
        { typeof(IRule), ["NetWhy.Evidence"] },
        { typeof(Scenario), ["NetWhy.Linux", "NetWhy.Wire"] },
        { typeof(CaptureReader), ["NetWhy.Linux", "NetWhy.Wire"] },
        { typeof(FieldCatalog), ["NetWhy.Capture", "NetWhy.Evidence", "NetWhy.Linux", "NetWhy.Wire"] },
        { typeof(ITool), ["NetWhy.Analysis", "NetWhy.Capture", "NetWhy.Certificates", "NetWhy.Evidence", "NetWhy.Exchanges", "NetWhy.Linux", "NetWhy.Names", "NetWhy.Paths", "NetWhy.Wire"] },
    };

    [Theory]
    [MemberData(nameof(Arrows))]
    public void Each_project_uses_only_what_it_may(Type typeInProject, string[] allowed)
    {
        IEnumerable<string?> used = typeInProject.Assembly.GetReferencedAssemblies()
            .Select(assembly => assembly.Name)
            .Where(name => name!.StartsWith("NetWhy.", StringComparison.Ordinal));

        Assert.Empty(used.Except(allowed));
    }

    // Each costs 25 to 150 ms of the first use; the product talks to libc and libssl instead.
    [Theory]
    [InlineData(typeof(LinuxSocket))]
    [InlineData(typeof(EchoRun))]
    [InlineData(typeof(ResolverSettings))]
    [InlineData(typeof(PathBuilder))]
    [InlineData(typeof(ExchangeStream))]
    [InlineData(typeof(IProbe))]
    [InlineData(typeof(IRule))]
    [InlineData(typeof(CaptureReader))]
    [InlineData(typeof(FieldCatalog))]
    [InlineData(typeof(ITool))]
    public void No_slow_network_stack_creeps_in(Type typeInProject)
    {
        string[] slow = ["System.Net.Sockets", "System.Net.Security", "System.Net.Http", "System.Net.NameResolution"];

        Assert.Empty(typeInProject.Assembly.GetReferencedAssemblies().Select(assembly => assembly.Name!).Intersect(slow));
    }

    [Fact]
    public void Rules_have_unique_names_and_find_causes_that_have_a_page()
    {
        Assert.Empty(RuleCatalog.All.GroupBy(rule => rule.Info.Id).Where(group => group.Count() > 1).Select(group => group.Key));
        Assert.All(RuleCatalog.All, rule => Assert.NotEmpty(rule.Info.Causes));
        Assert.All(
            RuleCatalog.All.SelectMany(rule => rule.Info.Causes), cause => Assert.True(Causes.Find(cause) is not null, cause));
    }

    // The vocabulary is larger than what rules find today: a cause may already be explained that none finds yet.
    [Fact]
    public void Rules_explain_only_causes_of_the_vocabulary()
    {
        string[] known = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Diagnose", "vocabulary.txt"));

        Assert.All(
            RuleCatalog.All.SelectMany(rule => rule.Info.Explains),
            pattern => Assert.True(
                pattern.EndsWith('*')
                    ? known.Any(id => id.StartsWith(pattern[..^1], StringComparison.Ordinal))
                    : known.Contains(pattern),
                pattern));
    }

    [Fact]
    public void Probes_have_unique_names_and_wait_only_for_probes_that_exist()
    {
        string[] ids = [.. ProbeCatalog.All.Select(probe => probe.Info.Id)];

        Assert.Equal(ids.Distinct(), ids);
        Assert.Empty(ProbeCatalog.All.SelectMany(probe => probe.Info.After).Except(ids));
    }
}
