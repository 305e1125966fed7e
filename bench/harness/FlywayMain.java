// Flyway's library with the defaults of its command line, without the latter's own start-up:
//   FlywayMain migrate|info FOLDER JDBC-URL USER PASSWORD
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.MigrationInfo;

public final class FlywayMain {
    public static void main(String[] arguments) {
        Flyway flyway = Flyway.configure()
                .dataSource(arguments[2], arguments[3], arguments[4])
                .locations("filesystem:" + arguments[1])
                .load();
        if (arguments[0].equals("migrate")) {
            flyway.migrate();
            return;
        }
        StringBuilder lines = new StringBuilder();
        for (MigrationInfo migration : flyway.info().all())
            lines.append(migration.getVersion()).append(' ').append(migration.getState().getDisplayName()).append('\n');
        System.out.print(lines);
    }
}
