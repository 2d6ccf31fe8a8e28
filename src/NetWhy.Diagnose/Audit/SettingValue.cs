using System.Collections.Immutable;
using System.Globalization;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit;

/// <summary>Kernel settings of the evidence as numbers.</summary>
internal static class SettingValue
{
    /// <summary>A setting as it was read; null if it is unknown.</summary>
    /// <param name="evidence">The evidence.</param>
    /// <param name="name">Its name, such as <c>net.core.somaxconn</c>.</param>
    internal static string? Text(EvidenceSet evidence, string name) => evidence.Last<KernelSettings>()?.Values.GetValueOrDefault(name);

    /// <summary>A setting that is one number; null if it is unknown or none.</summary>
    /// <param name="evidence">The evidence.</param>
    /// <param name="name">Its name.</param>
    internal static long? Number(EvidenceSet evidence, string name) => Numbers(Text(evidence, name)) is [var number] ? number : null;

    /// <summary>The numbers that a setting is made of; empty if one of them is none.</summary>
    /// <param name="value">The setting, such as <c>4096 131072 6291456</c>.</param>
    internal static ImmutableArray<long> Numbers(string? value)
    {
        ImmutableArray<long>.Builder numbers = ImmutableArray.CreateBuilder<long>();
        foreach (string word in (value ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            if (!long.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number))
                return [];
            numbers.Add(number);
        }

        return numbers.ToImmutable();
    }
}
