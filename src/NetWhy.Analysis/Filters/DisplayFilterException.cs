namespace NetWhy.Analysis.Filters;

/// <summary>A display filter that means nothing: what is wrong with it, and where.</summary>
/// <param name="message">What is wrong and what to write instead, on one line.</param>
/// <param name="position">Where in the text, in characters from 0.</param>
/// <param name="length">How many characters are meant; 0 at the end of the text.</param>
public sealed class DisplayFilterException(string message, int position, int length) : Exception(OnOneLine(message))
{
    /// <summary>Where in the text, in characters from 0.</summary>
    public int Position { get; } = position;

    /// <summary>How many characters are meant; 0 at the end of the text.</summary>
    public int Length { get; } = length;

    // What is quoted of a filter may hold anything.
    private static string OnOneLine(string message) =>
        string.Create(message.Length, message, (letters, source) =>
        {
            for (int i = 0; i < letters.Length; i++)
                letters[i] = char.IsControl(source[i]) ? ' ' : source[i];
        });
}
