using System.Collections.Immutable;
using System.Reflection;

namespace NetWhy.Lab;

/// <summary>The scenarios that the program carries, and those in files.</summary>
public static class ScenarioCatalog
{
    private const string ScenarioPrefix = "scenarios/";
    private const string BasePrefix = "bases/";

    /// <summary>Names of the scenarios in the program, in order.</summary>
    public static ImmutableArray<string> Names { get; } =
        [.. typeof(ScenarioCatalog).Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(ScenarioPrefix, StringComparison.Ordinal))
            .Select(name => name[ScenarioPrefix.Length..])
            .Order(StringComparer.Ordinal)];

    /// <summary>Whether what stands for a scenario is the path of a file.</summary>
    /// <param name="nameOrPath">As typed.</param>
    public static bool IsPath(string nameOrPath)
    {
        ArgumentNullException.ThrowIfNull(nameOrPath);
        return nameOrPath.Contains('/') || nameOrPath.EndsWith(".yaml", StringComparison.Ordinal);
    }

    /// <summary>Finds a scenario.</summary>
    /// <param name="nameOrPath">The name of one in the program, or the path of a YAML file.</param>
    /// <exception cref="LabException">There is none, or it makes no sense.</exception>
    public static Scenario Find(string nameOrPath)
    {
        ArgumentNullException.ThrowIfNull(nameOrPath);
        var reader = new ScenarioReader(name => Resource(BasePrefix + name));
        if (Resource(ScenarioPrefix + nameOrPath) is { } text)
            return reader.Read(nameOrPath + ".yaml", text);

        if (!IsPath(nameOrPath))
            throw new LabException($"there is no scenario '{nameOrPath}'; 'netwhy lab list' names them all", isUsage: true);

        try
        {
            return reader.Read(nameOrPath, File.ReadAllText(nameOrPath));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new LabException($"cannot read the scenario: {exception.Message}", isUsage: true);
        }
    }

    private static string? Resource(string name)
    {
        using Stream? stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name);
        if (stream is null)
            return null;

        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
