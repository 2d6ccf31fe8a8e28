namespace NetWhy.App;

/// <summary>Says in one line why a file cannot be used and what to do.</summary>
internal static class FileRefusal
{
    /// <summary>What is wrong, and the way out.</summary>
    /// <param name="what">The file, with the option that names it.</param>
    /// <param name="refusal">What the system said.</param>
    public static string InWords(string what, Exception refusal) => refusal switch
    {
        ArgumentException => $"{what}: that is no name of a file; write one",
        FileNotFoundException => $"{what}: there is no such file; check the name",
        DirectoryNotFoundException => $"{what}: the folder is not there; make it or name another",
        UnauthorizedAccessException when Directory.Exists(what.Split(' ')[^1]) => $"{what}: that is a folder; name a file in it",
        UnauthorizedAccessException => $"{what}: access is denied; use another file or ask its owner",
        _ => $"{what}: {refusal.Message}",
    };
}
