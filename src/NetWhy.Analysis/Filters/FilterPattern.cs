using System.Buffers;
using System.Text.RegularExpressions;

namespace NetWhy.Analysis.Filters;

/// <summary>A regular expression over octets, with the meaning that PCRE2 gives it without UTF: letters are those of ASCII, other octets are themselves.</summary>
internal sealed class FilterPattern
{
    // Octets above 127 stand in a private area, where nothing is a letter, a blank or the capital of something.
    private const int HighOctets = 0xe000;
    private const int StackLimit = 512;

    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);

    private readonly Regex _regex;

    private FilterPattern(Regex regex) => _regex = regex;

    /// <summary>Compiles a pattern; capitals and small letters are the same unless it says otherwise.</summary>
    /// <param name="octets">The pattern.</param>
    /// <param name="error">What is wrong with it.</param>
    /// <returns>The pattern; null if it is wrong.</returns>
    internal static FilterPattern? Compile(ReadOnlySpan<byte> octets, out string error)
    {
        string letters = string.Create(octets.Length, octets, static (span, source) => Widen(source, span));
        if (PatternTranslator.Translate(letters, out error) is not { } pattern)
            return null;
        const RegexOptions Options = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant;
        try
        {
            return new FilterPattern(Create(pattern, Options));
        }
        catch (ArgumentException exception)
        {
            int end = exception.Message.IndexOf("offset", StringComparison.Ordinal);
            string detail = end > 0 ? exception.Message[(end + "offset".Length)..].Trim() : exception.Message;
            error = $"the regular expression is wrong at {detail.TrimEnd('.')}";
            return null;
        }
    }

    /// <summary>The letter that stands for an octet.</summary>
    internal static char LetterOf(int octet) => (char)(octet < 0x80 ? octet : HighOctets + octet);

    /// <summary>Whether octets match; not if that takes too long.</summary>
    internal bool IsMatch(ReadOnlySpan<byte> octets, FilterMemory memory)
    {
        char[]? rented = octets.Length > StackLimit ? ArrayPool<char>.Shared.Rent(octets.Length) : null;
        try
        {
            Span<char> letters = rented is null ? stackalloc char[StackLimit] : rented;
            letters = letters[..octets.Length];
            Widen(octets, letters);
            return _regex.IsMatch(letters);
        }
        catch (RegexMatchTimeoutException)
        {
            memory.Abandoned++;
            return false;
        }
        finally
        {
            if (rented is not null)
                ArrayPool<char>.Shared.Return(rented);
        }
    }

    // In time that grows with the text alone, where the pattern allows it.
    private static Regex Create(string pattern, RegexOptions options)
    {
        try
        {
            return new Regex(pattern, options | RegexOptions.NonBacktracking, Patience);
        }
        catch (NotSupportedException)
        {
            return new Regex(pattern, options, Patience);
        }
    }

    private static void Widen(ReadOnlySpan<byte> octets, Span<char> letters)
    {
        for (int i = 0; i < octets.Length; i++)
            letters[i] = LetterOf(octets[i]);
    }
}
